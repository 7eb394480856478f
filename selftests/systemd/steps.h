/* SPDX-License-Identifier: GPL-2.0-only */
/* steps.h - what the scenarios are made of. */
#ifndef SYSTEMD_STEPS_H
#define SYSTEMD_STEPS_H

#include <stdbool.h>
#include <sys/types.h>

#define POLICY(name)	"/etc/hardenctl/" name "/policy.yaml"

/* Whether this systemd was built with what RestrictFileSystems= and the like need; since start_all(). */
extern bool framework;

/* Whether this kernel can look into programs, which `seal.bpf` rests on; since check_load(). */
extern bool inspects;

/* Starts every unit, unrestricted by us, and sees each setting hold. */
void start_all(void);

bool check_load(const char *policy);
void check_seal(void);
void check_sealed(const char *when);
bool shell_starts(void);

/* A shell from before the load; it ends when *letter is closed. */
pid_t shell_stays(int *letter);

/* A seal that the policy does not permit, with on-seal-refused: continue. */
void check_refused_seal(void);
void check_lost_on_record(const char *when);

/* PID 1 and daemons that start anew; `kinds` of units hold afterwards. */
void check_manager(unsigned int kinds);
void check_rescue(void);

/* A disk with LUKS on it, mounted; false: this machine has none. */
bool make_luks(void);
void write_file(const char *path);

#endif
