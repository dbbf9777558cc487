# SPDX-License-Identifier: GPL-2.0-only
#
# Included by tools/Makefile: the tool is for everybody, who sees what is his.

BPFTRACEDIR ?= $(PREFIX)/share/qmsg/bpftrace

install:: $(tool)
	$(Q)[ -z "$(tool)" ] || $(INSTALL) -D -m 755 -t $(DESTDIR)$(BINDIR) $(tool)
	$(Q)[ -z "$(tool)" ] || $(INSTALL) -D -m 644 qmsg/qmsg.bash $(DESTDIR)$(COMPLETIONDIR)/qmsg
	$(Q)$(INSTALL) -D -m 755 -t $(DESTDIR)$(BPFTRACEDIR) bpftrace/*.bt
