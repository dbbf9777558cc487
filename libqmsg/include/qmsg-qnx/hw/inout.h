/* SPDX-License-Identifier: MIT */
#error "<hw/inout.h>: qmsg is message passing only. A program that drives hardware by in8(), out8() and the like must be changed for Linux: see ioperm(2) and <sys/io.h>"
