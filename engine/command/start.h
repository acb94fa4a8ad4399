/* start.h -- what the commands that work with rules have in common: options,
 * configuration, rule files, and the options of the doors. */
#ifndef COMMAND_START_H
#define COMMAND_START_H

#include <stdbool.h>

#include "config/config.h"
#include "engine.h"
#include "keeper/guard.h"
#include "os/linux/linux.h"
#include "worker/sources.h"

#define COMMAND_SETS_MAX 32     /* --set in one command line                  */

struct start {
	/* from the command line */
	char           *config_path;            /* NULL: the usual place      */
	char           *filter, *format, *output;       /* NULL: none         */
	bool            follow, stats, all, wait, dry_run, tree, best_effort;
	char           *set[COMMAND_SETS_MAX];          /* "NAME=VALUE"       */
	int             set_count;
	char           *qos;                            /* NULL: none         */
	char           *task, *rule, *since, *keep, *shadow;    /* NULL: none */
	char           *ask_at;                         /* NULL: as configured */
	bool            observe, log_json, json, coverage, force, strict;
	int             keeper_fd;              /* -1: no keeper              */
	char          **rest;                   /* what is no option          */
	int             rest_count;
	/* from there on */
	char            config_file[CONFIG_PATH_MAX];   /* "": there is none  */
	struct config   config;
	struct interned *sets;
	struct sources  sources;
	char            journal_file[CONFIG_PATH_MAX + 16];
	char           groups[16];      /* the group for all groups of ours   */
	char            socket[CONFIG_PATH_MAX + 16];   /* where we are asked */
};

/* Reads the options that the command argv[0] takes (command.h).  EXIT_OK, or an
 * exit code, with the reason said on standard error. */
int start_options(struct start *s, int argc, char **argv);
/* pqs.yaml, or the defaults.  An exit code. */
int start_config(struct start *s);
/* The group for our groups, by the journal that is configured: each has its
 * own, so that whoever undoes finds those that belong to it, and no others. */
void start_name_groups(struct start *s);
/* Where those come who ask the pqs that is started, in *ret_gate.  An exit
 * code: the group of those who may command must exist. */
int start_gate(const struct start *s, struct linux_gate *ret_gate);
/* Whether there is a user for the rules worker to be.  An exit code. */
int start_worker_user(const struct start *s);
/* The rule files that are named, else those of the configured folders.  An exit
 * code; having none is EXIT_WRONG. */
int start_sources(struct start *s, char **paths, int count);
/* Frees what was read; the options stay. */
void start_clear(struct start *s);

/* linux_open(), with a sentence on standard error when it fails.  EXIT_OK or
 * EXIT_SYSTEM. */
int start_doors(const struct linux_options *o, struct os *ret_os,
                void (*notes)(void *ctx, const char *sentence), void *ctx);
/* journal_open() on what the doors have, with a sentence when it fails. */
int start_journal(const struct start *s, const struct os *os,
                  struct journal **ret_journal);
/* Where each user's own rules are; NULL: only root asks for them, and only if
 * they are wanted. */
const char *start_users_rules(const struct start *s);
/* How long a program may wait at its start (0: none does), and the urgency of
 * who holds it. */
struct guard_plan start_guard(const struct start *s);
/* What the doors are opened with; lends what s has. */
struct linux_options start_linux(const struct start *s, bool events);
/* Everything but os, journal and ears. */
struct engine_options start_engine(const struct start *s);

#endif
