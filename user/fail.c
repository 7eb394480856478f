// SPDX-License-Identifier: GPL-2.0-only
/* fail.c - one failure, one message. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

int fail_set(struct fail *fail, int exit_code, int err, const char *hint, const char *format, ...)
{
	va_list args;

	fail->exit_code = exit_code;
	va_start(args, format);
	vsnprintf(fail->text, sizeof(fail->text), format, args);
	va_end(args);
	snprintf(fail->hint, sizeof(fail->hint), "%s", hint ?: "");
	return err > 0 ? -err : -1;
}
