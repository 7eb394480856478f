// SPDX-License-Identifier: GPL-2.0-only
/* talker.c - a library that says when it was loaded, be it linked, opened, preloaded or an auditor. */
#include <link.h>
#include <unistd.h>

static __attribute__((constructor)) void talk(void)
{
	if (write(1, "loaded\n", 7) != 7)
		_exit(1);
}

unsigned int la_version(unsigned int version)
{
	return version;
}
