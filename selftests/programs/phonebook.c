// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is connected to whom: ConnectServerInfo() walks our own connections,
 * the server looks up its clients with ConnectClientInfo().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/types.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

typedef struct
{
  uint16_t type;
  uint16_t subtype;
} whoami_t;

typedef struct
{
  pid_t pid;
  uid_t euid;
  gid_t egid;
  int   scoid;
  int   coid;
} youare_t;

static int chid;

static void *server (void *arg)
{
  whoami_t            msg;
  youare_t            rep;
  struct _msg_info    info;
  struct _client_info ci;
  int                 rcvid;

  for (;;)
    {
      rcvid = MsgReceive (chid, &msg, sizeof (msg), &info);
      if (rcvid == -1)
        return NULL;
      if (ConnectClientInfo (info.scoid, &ci, 0) == -1)
        {
          MsgError (rcvid, errno);
          continue;
        }
      rep.pid = ci.pid;
      rep.euid = ci.cred.euid;
      rep.egid = ci.cred.egid;
      rep.scoid = info.scoid;
      rep.coid = info.coid;
      MsgReply (rcvid, EOK, &rep, sizeof (rep));
    }
}

#define DIE(...) do { fprintf (stderr, "phonebook: " __VA_ARGS__); exit (1); } while (0)

static youare_t whoami (int coid)
{
  whoami_t msg = { 0x500, 0 };
  youare_t rep;

  if (MsgSend (coid, &msg, sizeof (msg), &rep, sizeof (rep)) == -1)
    DIE ("MsgSend over %x: %s\n", coid, strerror (errno));
  if (rep.coid != coid)
    DIE ("server sees coid %x instead of %x\n", rep.coid, coid);
  return rep;
}

int main (void)
{
  struct _server_info si;
  struct _client_info ci;
  youare_t            a, b, c;
  pthread_t           tid;
  int                 coid1, coid2, coid3, next, found = 0;

  chid = ChannelCreate (0);
  pthread_create (&tid, NULL, server, NULL);
  coid1 = ConnectAttach (ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, 0);
  coid2 = ConnectAttach (ND_LOCAL_NODE, getpid (), chid, _NTO_SIDE_CHANNEL, 0);
  coid3 = ConnectAttach (ND_LOCAL_NODE, 0, chid, _NTO_SIDE_CHANNEL, _NTO_COF_NOSHARE);
  if (coid1 == -1 || coid2 == -1 || coid3 == -1)
    DIE ("ConnectAttach: %s\n", strerror (errno));
  if (!(coid1 & _NTO_SIDE_CHANNEL) || coid1 == coid2)
    DIE ("coids %x %x\n", coid1, coid2);

  /* two connections of one process share their server connection */
  a = whoami (coid1);
  b = whoami (coid2);
  c = whoami (coid3);
  if (a.scoid != b.scoid || a.scoid == c.scoid)
    DIE ("scoids %x %x %x\n", a.scoid, b.scoid, c.scoid);
  if (a.pid != getpid () || a.euid != geteuid () || a.egid != getegid ())
    DIE ("I am %d %d %d?\n", a.pid, a.euid, a.egid);

  /* an exact look: the coid comes back */
  memset (&si, 0, sizeof (si));
  if (ConnectServerInfo (0, coid2, &si) != coid2)
    DIE ("ConnectServerInfo: %s\n", strerror (errno));
  if (si.pid != getpid () || si.chid != chid || si.coid != coid2 || si.scoid != b.scoid
      || (si.flags & _NTO_COF_DEAD))
    DIE ("server info: pid %d chid %d coid %x scoid %x\n", si.pid, si.chid, si.coid, si.scoid);

  /* a walk over all of them, as pidin does it */
  for (next = _NTO_SIDE_CHANNEL; (next = ConnectServerInfo (getpid (), next, &si)) != -1; next++)
    {
      printf ("coid %#x -> pid %d chid %d\n", next, si.pid, si.chid);
      if (si.pid == getpid () && si.chid == chid)
        found++;
    }
  if (errno != EINVAL || found != 3)
    DIE ("found %d connections\n", found);

  /* about ourselves */
  if (ConnectClientInfo (-1, &ci, 0) == -1 || ci.pid != getpid () || ci.cred.ruid != getuid ())
    DIE ("ConnectClientInfo (-1)\n");
  if (ConnectClientInfo (0x40004000, &ci, 0) != -1 || errno != EINVAL)
    DIE ("ConnectClientInfo of nobody\n");

  /* close-on-exec comes and goes */
  if (ConnectFlags (0, coid1, FD_CLOEXEC, FD_CLOEXEC) == -1
      || !(ConnectFlags (0, coid1, 0, 0) & FD_CLOEXEC))
    DIE ("ConnectFlags\n");

  ConnectDetach (coid1);
  if (ConnectServerInfo (0, coid1, NULL) == coid1)
    DIE ("detached connection is still listed\n");
  if (ConnectDetach (coid1) != -1 || errno != EINVAL)
    DIE ("detached twice\n");
  if (whoami (coid2).scoid != b.scoid)
    DIE ("scoid has changed\n");

  ConnectDetach (coid2);
  ConnectDetach (coid3);
  ChannelDestroy (chid);
  pthread_join (tid, NULL);
  return 0;
}
