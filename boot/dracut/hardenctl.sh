#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# dracut reads its hooks into a shell of its own.
/usr/share/hardenctl/bootstrap
