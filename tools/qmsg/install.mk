# SPDX-License-Identifier: GPL-2.0-only
#
# Included by tools/Makefile: the tool is one for administrators.

SBINDIR ?= $(PREFIX)/sbin
BPFTRACEDIR ?= $(PREFIX)/share/qmsg/bpftrace

install:: $(tool)
	$(Q)[ -z "$(tool)" ] || $(INSTALL) -D -m 755 -t $(DESTDIR)$(SBINDIR) $(tool)
	$(Q)[ -z "$(tool)" ] || $(INSTALL) -D -m 644 qmsg/qmsg.bash $(DESTDIR)$(COMPLETIONDIR)/qmsg
	$(Q)$(INSTALL) -D -m 755 -t $(DESTDIR)$(BPFTRACEDIR) bpftrace/*.bt
