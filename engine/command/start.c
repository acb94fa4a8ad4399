/* start.c -- options, configuration, rule files. */

#include "command/start.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/text.h"
#include "command/command.h"
#include "control/control.h"
#include "model/interned.h"

#define WHY_MAX 8192
#define LONG        0x100       /* beside the letter of a long option         */
#define OPTIONS_MAX 16          /* of one command                             */
#define FORK_SETTLE_NS UINT64_C(20000000)

static int log_format(struct start *s, const char *name, const char *value)
{
	if (strcmp(value, "json") != 0 && strcmp(value, "text") != 0)
		return command_misused(name, "--log takes text or json, not "
		                       "'%s'", value);
	s->log_json = strcmp(value, "json") == 0;
	return EXIT_OK;
}

static int keeper_fd(struct start *s, const char *name, const char *value)
{
	int64_t fd;

	if (text_number(value, &fd) < 0 || fd < 3 || fd > 1024)
		return command_misused(name, "no descriptor: '%s'", value);
	s->keeper_fd = (int)fd;
	return EXIT_OK;
}

/* getopt's own words know no nearest option.  What it stopped at is the word
 * before the next one; optopt is one of ours when only its value is wrong. */
static int option_refuse(const struct option *known, char **argv)
{
	const char *names[OPTIONS_MAX], *near = NULL, *word = argv[optind - 1];
	size_t      n = 0;

	for (; known[n].name != NULL; n++)
		names[n] = known[n].name;
	if (strncmp(word, "--", 2) != 0)
		return command_misused(argv[0], "there is no option '-%c'",
		                       optopt);
	if (optopt != 0)
		return command_misused(argv[0], "'%s' takes no value", word);
	near = nearest(word + 2, names, n);
	return command_misused(argv[0], "there is no option '%s'%s%s%s", word,
	                       near != NULL ? "; did you mean '--" : "",
	                       near != NULL ? near : "",
	                       near != NULL ? "'?" : "");
}

static int add_setting(struct start *s, const char *name, char *pair)
{
	if (s->set_count == COMMAND_SETS_MAX)
		return command_misused(name, "--set %d times at most",
		                       COMMAND_SETS_MAX);
	s->set[s->set_count++] = pair;
	return EXIT_OK;
}

static int take_option(struct start *s, int option, char *value,
                       const struct option *known, char **argv)
{
	switch (option) {
	case 'c': s->config_path = value; return EXIT_OK;
	case 'o': s->observe = true; return EXIT_OK;
	case 'j': s->json = true; return EXIT_OK;
	case 's': s->strict = true; return EXIT_OK;
	case 'F': s->force = true; return EXIT_OK;
	case 'S': s->ask_at = value; return EXIT_OK;
	case 'L': s->follow = true; return EXIT_OK;
	case 't': s->task = value; return EXIT_OK;
	case 'R': s->rule = value; return EXIT_OK;
	case 'e': s->since = value; return EXIT_OK;
	case 'x': s->stats = true; return EXIT_OK;
	case 'W': s->wait = true; return EXIT_OK;
	case 'd': s->dry_run = true; return EXIT_OK;
	case 'h': s->shadow = value; return EXIT_OK;
	case 'K': s->keep = value; return EXIT_OK;
	case 'a': s->all = true; return EXIT_OK;
	case 'T': s->tree = true; return EXIT_OK;
	case 'b': s->best_effort = true; return EXIT_OK;
	case 'q': s->qos = value; return EXIT_OK;
	case 'A': return add_setting(s, argv[0], value);
	case 'f': s->filter = value; return EXIT_OK;
	case 'v': s->coverage = true; return EXIT_OK;
	case 'r': s->format = value; return EXIT_OK;
	case 'w': s->output = value; return EXIT_OK;
	case 'l': return log_format(s, argv[0], value);
	case 'k': return keeper_fd(s, argv[0], value);
	case ':': return command_misused(argv[0], "'%s' needs a value",
	                                 argv[optind - 1]);
	default:  return option_refuse(known, argv);
	}
}

/* As getopt_long() wants them, ended by zeroes. */
static void options_of(const struct command *c, struct option *ret_some)
{
	size_t n = 0;

	for (size_t i = 0; i < command_options_count && n < OPTIONS_MAX; i++) {
		const struct command_option *o = &command_options[i];

		if (strchr(c->options, o->letter) != NULL)
			ret_some[n++] = (struct option){
				o->name, o->takes != NULL ? required_argument
				                          : no_argument,
				NULL, LONG | o->letter };
	}
	ret_some[n] = (struct option){ NULL, 0, NULL, 0 };
}

/* Short forms, of which none takes a value. */
static const struct { char letter, flag; } flags[] = { { 'L', 'f' } };

static bool is_taken(const struct option *some, char letter)
{
	while (some->name != NULL && (some->val & ~LONG) != letter)
		some++;
	return some->name != NULL;
}

/* What getopt_long() returned is a long option, a flag, or its own word for a
 * mistake. */
static int letter_of(const struct option *some, int option)
{
	if ((option & LONG) != 0)
		return option & ~LONG;
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (flags[i].flag == option && is_taken(some, flags[i].letter))
			return flags[i].letter;
	if (option != '?' && option != ':') {
		optopt = option;
		return '?';
	}
	return option;
}

int start_options(struct start *s, int argc, char **argv)
{
	const struct command *c = command_find(argv[0]);
	/* What stands behind another program's name is that program's. */
	const char *flagged = c->run == command_exec ? "+:f" : ":f";
	struct option some[OPTIONS_MAX + 1];
	int           option, code = EXIT_OK;

	*s = (struct start){ .keeper_fd = -1 };
	options_of(c, some);
	optind = 1;
	while (code == EXIT_OK &&
	       (option = getopt_long(argc, argv, flagged, some, NULL)) != -1)
		code = take_option(s, letter_of(some, option), optarg, some,
		                   argv);
	if (code != EXIT_OK)
		return code;
	s->rest = argv + optind;
	s->rest_count = argc - optind;
	return EXIT_OK;
}

/* The usual place of pqs.yaml, when there is one. */
static bool usual_config(char *path, size_t size)
{
	const char *home = getenv("XDG_CONFIG_HOME");

	if (geteuid() == 0)
		snprintf(path, size, "/etc/pqs/pqs.yaml");
	else if (home != NULL && home[0] == '/')
		snprintf(path, size, "%s/pqs/pqs.yaml", home);
	else if ((home = getenv("HOME")) != NULL)
		snprintf(path, size, "%s/.config/pqs/pqs.yaml", home);
	else
		return false;
	return access(path, F_OK) == 0;
}

void start_name_groups(struct start *s)
{
	const char *journal = s->config.journal;

	if (strcmp(journal, "/run/pqs") == 0)
		text_copy(s->groups, sizeof s->groups, "pqs");
	else
		snprintf(s->groups, sizeof s->groups, "pqs-%08x",
		         text_hash(journal, strlen(journal)));
}

int start_config(struct start *s)
{
	char        usual[CONFIG_PATH_MAX], why[WHY_MAX];
	const char *path = s->config_path;

	s->sets = interned_new();
	if (s->sets == NULL)
		return EXIT_SYSTEM;
	config_defaults(&s->config, geteuid() == 0);
	if (path == NULL && usual_config(usual, sizeof usual))
		path = usual;
	if (path != NULL && config_read(path, s->sets, &s->config, why,
	                                sizeof why) < 0) {
		fputs(why, stderr);
		return EXIT_WRONG;
	}
	if (path != NULL)
		text_copy(s->config_file, sizeof s->config_file, path);
	s->observe |= s->config.observe;
	s->log_json |= s->config.log_json || s->json;
	snprintf(s->journal_file, sizeof s->journal_file, "%s/journal",
	         s->config.journal);
	start_name_groups(s);
	if (s->config.control.socket[0] != '\0')
		text_copy(s->socket, sizeof s->socket,
		          s->config.control.socket);
	else
		snprintf(s->socket, sizeof s->socket, "%s/control.sock",
		         s->config.journal);
	return EXIT_OK;
}

int start_gate(const struct start *s, struct linux_gate *ret_gate)
{
	const char         *name = s->config.control.group;
	const struct group *known = name[0] != '\0' ? getgrnam(name) : NULL;

	*ret_gate = (struct linux_gate){ .path = s->socket,
	                                 .busy = CONTROL_BUSY };
	if (name[0] == '\0')
		return EXIT_OK;
	if (known == NULL) {
		fprintf(stderr, "pqs: control.group: there is no group '%s'\n",
		        name);
		return EXIT_WRONG;
	}
	ret_gate->group = known->gr_gid;
	ret_gate->has_group = true;
	return EXIT_OK;
}

int start_worker_user(const struct start *s)
{
	const char          *user = s->config.worker.user;
	const struct passwd *known = geteuid() == 0 ? getpwnam(user) : NULL;

	if (geteuid() != 0 || (known != NULL && known->pw_uid != 0))
		return EXIT_OK;
	fprintf(stderr, known == NULL
	        ? "pqs: worker.user: there is no user '%s'\n"
	        : "pqs: worker.user: '%s' may do everything; name another\n",
	        user);
	return EXIT_WRONG;
}

static int add_source(struct start *s, enum layer layer, const char *path)
{
	char why[WHY_MAX];

	if (sources_add(&s->sources, layer, path, why, sizeof why) < 0) {
		fprintf(stderr, "pqs: %s\n", why);
		return EXIT_WRONG;
	}
	return EXIT_OK;
}

static int add_configured(struct start *s)
{
	for (int layer = 0; layer < LAYERS; layer++) {
		const struct config_folders *f = &s->config.rules[layer];

		for (size_t i = 0; i < f->count; i++) {
			if (access(f->path[i], F_OK) != 0)
				continue;       /* configured, not there yet  */
			if (add_source(s, (enum layer)layer, f->path[i]) != 0)
				return EXIT_WRONG;
		}
	}
	return EXIT_OK;
}

/* paths: those that were named, if any. */
static int no_rules(const struct start *s, char **paths, int count)
{
	if (count > 0) {
		fprintf(stderr, "pqs: there are no rules (*.lua) in %s\n",
		        paths[count - 1]);
		return EXIT_WRONG;
	}
	fputs("pqs: there are no rules: name files or folders, or put some in",
	      stderr);
	for (int layer = 0; layer < LAYERS; layer++)
		for (size_t i = 0; i < s->config.rules[layer].count; i++)
			fprintf(stderr, " %s", s->config.rules[layer].path[i]);
	fputs("\n", stderr);
	return EXIT_WRONG;
}

int start_sources(struct start *s, char **paths, int count)
{
	enum layer layer = geteuid() == 0 ? LAYER_ADMIN : LAYER_USER;
	int        code = EXIT_OK;

	for (int i = 0; i < count && code == EXIT_OK; i++)
		code = add_source(s, layer, paths[i]);
	s->config.options.partial = count > 0;
	if (count == 0)
		code = add_configured(s);
	if (code == EXIT_OK && s->sources.count == 0)
		code = no_rules(s, paths, count);
	return code;
}

void start_clear(struct start *s)
{
	sources_clear(&s->sources);
	interned_free(s->sets);
	s->sets = NULL;
}

/* What a bare errno would not tell about the journal. */
static const char *journal_trouble(int error)
{
	switch (error) {
	case -EBUSY:
		return "another pqs is running with it; stop that first";
	case -EPERM:
		return "the folder must be ours, and nobody else may write in it";
	case -EFBIG:
	case -EBADMSG:
		return "this is no journal of pqs; move it away, and what it "
		       "was to put back stays as it is";
	case -EAGAIN:
		return "another version wrote it; 'pqs undo' of that version "
		       "puts back what it changed";
	default:
		return strerror(-error);
	}
}

int start_doors(const struct linux_options *o, struct os *ret_os,
                void (*notes)(void *ctx, const char *sentence), void *ctx)
{
	char why[512];
	int  r = linux_open(o, ret_os, notes, ctx, why, sizeof why);

	if (o->journal != NULL &&
	    (r == -EBUSY || r == -EPERM || r == -EFBIG))
		fprintf(stderr, "pqs: %s: %s\n", o->journal,
		        journal_trouble(r));
	else if (r < 0)
		fprintf(stderr, "pqs: %s\n", why);
	return r < 0 ? EXIT_SYSTEM : EXIT_OK;
}

int start_journal(const struct start *s, const struct os *os,
                  struct journal **ret_journal)
{
	char boot[64];
	int  r = linux_boot_id(boot, sizeof boot);

	if (r == 0)
		r = journal_open(&os->store, boot, s->sets, ret_journal);
	if (r < 0)
		fprintf(stderr, "pqs: %s: %s\n", s->journal_file,
		        journal_trouble(r));
	else if (journal_damaged(*ret_journal) > 0)
		fprintf(stderr, "pqs: %s: %zu records are damaged: what they "
		        "are about cannot be put back\n", s->journal_file,
		        journal_damaged(*ret_journal));
	return r < 0 ? EXIT_SYSTEM : EXIT_OK;
}

const char *start_users_rules(const struct start *s)
{
	return geteuid() == 0 && s->config.users_rules[0] != '\0'
	       ? s->config.users_rules : NULL;
}

struct guard_plan start_guard(const struct start *s)
{
	bool holds = s->config.exec_guard.enabled && !s->observe;

	return (struct guard_plan){
		.deadline_ns = holds
		               ? (uint64_t)s->config.exec_guard.deadline_ns : 0,
		.priority = s->config.events.fifo_priority,
	};
}

struct linux_options start_linux(const struct start *s, bool events)
{
	const struct config *c = &s->config;
	struct linux_options o = {
		.fifo_priority = events ? c->events.fifo_priority : 0,
		.fifo_budget = c->events.budget,
		.fifo_window_ns = c->events.window_ns,
		.buffer_bytes = c->events.buffer_bytes,
		.poll_ns = c->events.poll_ns,
		.pressure = c->pressure,
		.shortage = &c->shortage,
		.events = events,
		.keeper_fd = s->keeper_fd,
		.groups = c->control_groups ? s->groups : "",
		.worker_user = c->worker.user,
		.users_rules = start_users_rules(s),
		.guard = events && start_guard(s).deadline_ns != 0,
		.sets = s->sets,
		.memory_groups = c->memory_groups.count,
	};

	for (size_t i = 0; i < o.memory_groups; i++)
		o.memory_group[i] = c->memory_groups.path[i];
	return o;
}

static struct limit_rates start_limits(const struct config *c)
{
	return (struct limit_rates){
		.task = { (uint32_t)c->limits.task.at_once,
		          (uint64_t)c->limits.task.each_ns },
		.rule = { (uint32_t)c->limits.rule.at_once,
		          (uint64_t)c->limits.rule.each_ns },
		.machine = { (uint32_t)c->limits.machine.at_once,
		             (uint64_t)c->limits.machine.each_ns },
		.dwell_ns = (uint64_t)c->limits.dwell_ns,
	};
}

struct engine_options start_engine(const struct start *s)
{
	const struct config  *c = &s->config;
	struct engine_options o = {
		.sets = s->sets, .intents = c->intents, .observe = s->observe,
		.allow_init = c->allow_init,
		.allow_kernel_threads = c->allow_kernel_threads,
		.allow_realtime = c->allow_realtime,
		.realtime_share = c->realtime_share,
		.keeper = s->keeper_fd >= 0 ? getppid() : 0, .core = getpid(),
		.answer_wait_ns = (uint64_t)c->answer_wait_ns,
		.fork_settle_ns = FORK_SETTLE_NS,
		.limits = start_limits(c),
		.worker = {
			.question_cpu_ns = (uint64_t)c->worker.question_cpu_ns,
			.question_wall_ns = (uint64_t)c->worker.question_wall_ns,
			.load_wall_ns = (uint64_t)c->worker.load_wall_ns,
			.back_off_ns = (uint64_t)c->worker.back_off_ns,
			.strikes = (uint32_t)c->worker.strikes,
		},
		.sources = s->sources.source,
		.source_count = s->sources.count,
		.options = &c->options,
	};

	o.users = start_users_rules(s) != NULL;
	linux_people(&o.people.low, &o.people.high);
	return o;
}
