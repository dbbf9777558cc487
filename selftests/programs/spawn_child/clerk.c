// SPDX-License-Identifier: GPL-2.0-only
/* clerk PID CHID NUMBER */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/neutrino.h>
#include <sys/netmgr.h>

struct report { unsigned short type, clerk; unsigned from, to; unsigned long sum; };

int
main (int argc, char **argv)
{
  struct report r;
  unsigned      i;
  int           coid, status;

  if (argc != 4)
    return 4;
  coid = ConnectAttach (ND_LOCAL_NODE, atoi (argv[1]), atoi (argv[2]), _NTO_SIDE_CHANNEL, 0);
  if (coid == -1)
    return 5;
  memset (&r, 0, sizeof (r));
  r.type = 1;
  r.clerk = atoi (argv[3]);
  if (MsgSend (coid, &r, sizeof (r), &r, sizeof (r)) == -1)
    return 6;
  r.type = 2;
  for (r.sum = 0, i = r.from; i <= r.to; i++)
    r.sum += i;
  status = MsgSend (coid, &r, sizeof (r), NULL, 0);
  return status == -1 ? 7 : status;
}
