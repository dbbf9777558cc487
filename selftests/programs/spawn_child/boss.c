// SPDX-License-Identifier: GPL-2.0-only
/* The boss starts clerks with spawnl() and posix_spawn() and hands them its
 * pid and chid as arguments.  They report, he adds up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <spawn.h>
#include <process.h>
#include <unistd.h>
#include <sys/wait.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

#define CLERKS 4

extern char **environ;

struct report { unsigned short type, clerk; unsigned from, to; unsigned long sum; };

int
main (int argc, char **argv)
{
  char            path[256], pid[16], chid_text[16], number[16], *slash;
  char            *args[5];
  int             chid, i, rcvid, status, rc, reports = 0;
  pid_t           child[CLERKS];
  unsigned long   total = 0;
  struct _msg_info info;
  struct report   r;

  ChannelCreate (0);            /* so that it is not always number one */
  chid = ChannelCreate (_NTO_CHF_FIXED_PRIORITY);
  strcpy (path, argv[0]);
  slash = strrchr (path, '/');
  strcpy (slash ? slash + 1 : path, "clerk");
  itoa (getpid (), pid, 10);
  itoa (chid, chid_text, 10);

  for (i = 0; i < CLERKS; i++)
    {
      sprintf (number, "%d", i);
      if (i % 2)
        {
          args[0] = path;
          args[1] = pid;
          args[2] = chid_text;
          args[3] = number;
          args[4] = NULL;
          rc = posix_spawn (&child[i], path, NULL, NULL, args, environ);
          if (rc != EOK)
            {
              fprintf (stderr, "posix_spawn %s: %s\n", path, strerror (rc));
              return EXIT_FAILURE;
            }
        }
      else
        {
          child[i] = spawnl (P_NOWAIT, path, path, pid, chid_text, number, NULL);
          if (child[i] == -1)
            {
              fprintf (stderr, "spawnl %s: %s\n", path, strerror (errno));
              return EXIT_FAILURE;
            }
        }
    }

  while (reports < CLERKS)
    {
      rcvid = MsgReceive (chid, &r, sizeof (r), &info);
      if (rcvid <= 0)
        {
          fprintf (stderr, "boss: rcvid %d, %s\n", rcvid, strerror (errno));
          return EXIT_FAILURE;
        }
      if (r.clerk >= CLERKS || info.pid != child[r.clerk])
        {
          fprintf (stderr, "report of clerk %d comes from %d\n", r.clerk, info.pid);
          return EXIT_FAILURE;
        }
      if (r.type == 1)
        {
          /* wants work */
          r.from = r.clerk * 1000 + 1;
          r.to = (r.clerk + 1) * 1000;
          MsgReply (rcvid, EOK, &r, sizeof (r));
        }
      else
        {
          total += r.sum;
          reports++;
          /* the clerk goes home with this as exit status */
          MsgReply (rcvid, 20 + r.clerk, NULL, 0);
        }
    }
  for (i = 0; i < CLERKS; i++)
    {
      if (waitpid (child[i], &status, 0) != child[i] || !WIFEXITED (status)
          || WEXITSTATUS (status) != 20 + i)
        {
          fprintf (stderr, "clerk %d: status %#x\n", i, status);
          return EXIT_FAILURE;
        }
    }
  if (total != 4000UL * 4001 / 2)
    {
      fprintf (stderr, "total %lu\n", total);
      return EXIT_FAILURE;
    }
  /* one more, that we wait for at once; there is no boss 1 */
  rc = spawnl (P_WAIT, path, path, "1", "77", "0", NULL);
  if (!WIFEXITED (rc) || WEXITSTATUS (rc) != 5)
    {
      fprintf (stderr, "P_WAIT: %#x\n", rc);
      return EXIT_FAILURE;
    }
  return EXIT_SUCCESS;
}
