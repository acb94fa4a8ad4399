/* doctor.c -- 'pqs doctor': what works on this machine, and what stands in the
 * way of the rest. */

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "command/command.h"
#include "command/remedy.h"
#include "command/start.h"
#include "command/trial.h"
#include "os/linux/host/page_faults.h"

#define NOTES_MAX  16
#define LINE_BYTES 4096

struct doctor {
	struct start start;
	struct os    os;
	char         note[NOTES_MAX][TRIAL_TEXT_MAX];
	int          notes;
	uint64_t     remedies;          /* a bit for each that may help       */
};

static void note_remedies(struct doctor *d, const char *because)
{
	for (size_t i = 0; i < remedy_count; i++)
		if (strstr(because, remedies[i].sign) != NULL)
			d->remedies |= UINT64_C(1) << i;
}

/* One line of either table. */
static void row(struct doctor *d, const char *kind, const char *what,
                const char *detail, const char *state, const char *because)
{
	char        line[LINE_BYTES];
	struct json j;

	note_remedies(d, because);
	if (!d->start.json) {
		printf("%-16s  %-18s  %-*s%s\n", what, detail,
		       because[0] != '\0' ? 14 : 0, state, because);
		return;
	}
	json_begin(&j, line, sizeof line);
	json_text(&j, "kind", kind);
	json_text(&j, "name", what);
	json_text(&j, "detail", detail);
	json_text(&j, "state", state);
	json_text(&j, "because", because);
	if (json_end(&j) > 0)
		fwrite(line, 1, j.used, stdout);
}

static void heading(const struct doctor *d, const char *what,
                    const char *detail)
{
	if (!d->start.json)
		printf("%-16s  %-18s  %-12s  %s\n", what, detail, "effect",
		       "because");
}

/* What the doors have to say is printed after the tables. */
static void on_note(void *ctx, const char *sentence)
{
	struct doctor *d = ctx;

	if (d->notes < NOTES_MAX)
		text_copy(d->note[d->notes++], TRIAL_TEXT_MAX, sentence);
}

/* On a process of our own, which is then gone: nothing needs to be put back. */
static void settings(struct doctor *d)
{
	struct finding f;
	const char    *name;
	int            r;

	heading(d, "setting", "tried");
	for (size_t i = 0; i < trial_count; i++) {
		name = setting_rows[trials[i].setting].name;
		r = trial_run(&trials[i], &d->os.actuator,
		              &d->start.config.intents, d->start.sets, &f);
		if (r < 0)
			row(d, "setting", name, "", "untried", strerror(-r));
		else
			row(d, "setting", name, f.tried, f.state, f.because);
	}
}

/* Read right after the doors were opened, before a budget can lower it. */
static void event_thread(struct doctor *d, int64_t sched)
{
	int  priority = d->start.config.events.fifo_priority;
	char detail[32];

	snprintf(detail, sizeof detail, "fifo:%d", priority);
	if (priority == 0)
		row(d, "part", "event thread", "other", "works",
		    "events.fifo_priority is 0");
	else if (sched_class_of(sched) == SCHED_CLASS_FIFO)
		row(d, "part", "event thread", detail, "works", "");
	else
		row(d, "part", "event thread", detail, "denied",
		    "needs CAP_SYS_NICE or RLIMIT_RTPRIO");
}

/* The longest window is what all may ask for. */
static void pressure(struct doctor *d)
{
	static const char trigger[] = "some 20000 2000000";
	const char       *name = "memory pressure";
	int               fd = open("/proc/pressure/memory",
	                            O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && write(fd, trigger, sizeof trigger) > 0)
		row(d, "part", name, "PSI trigger", "works", "");
	else if (access("/proc/pressure/memory", R_OK) == 0)
		row(d, "part", name, "PSI trigger", "denied",
		    "it is read once a second instead, if a rule asks");
	else
		row(d, "part", name, "PSI", "unsupported",
		    "this kernel does not tell (CONFIG_PSI, psi=1)");
	if (fd >= 0)
		close(fd);
}

/* What wakes us when memory is taken so fast that nobody waits for it first. */
static void page_faults(struct doctor *d)
{
	struct page_faults *f = page_faults_new(NULL, NULL);

	if (f != NULL)
		row(d, "part", "memory taken", "page faults", "works", "");
	else
		row(d, "part", "memory taken", "page faults", "denied",
		    "needs CAP_PERFMON; it is read every ten seconds instead, "
		    "if a rule asks");
	page_faults_free(f, NULL);
}

static void parent_of(const char *path, char *ret_parent, size_t size)
{
	size_t n = (size_t)(text_base_name(path) - path);

	if (n == 0)
		text_copy(ret_parent, size, ".");
	else
		text_copy_bytes(ret_parent, size, path, n);
}

static bool may_write(const char *folder)
{
	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Looks only: a doctor leaves no folder behind. */
static void journal(struct doctor *d)
{
	const char *folder = d->start.config.journal;
	const char *state = "denied", *why = "";
	char        parent[CONFIG_PATH_MAX];
	struct stat st;

	parent_of(folder, parent, sizeof parent);
	if (stat(folder, &st) == 0) {
		if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
			why = "the folder must be ours, and writable by "
			      "nobody else";
		else if (may_write(folder))
			state = "works";
		else
			why = strerror(errno);
	} else if (errno != ENOENT || !may_write(parent)) {
		why = strerror(errno);
	} else {
		state = "works";
		why = "the folder will be made";
	}
	row(d, "part", "journal", d->start.journal_file, state, why);
}

/* The bare errno does not say what was looked for, or where. */
static const char *worker_refusal(int error)
{
	char path[CONFIG_PATH_MAX];

	if (linux_find_program("pqs-rules", path, sizeof path) < 0)
		return "pqs-rules is neither beside pqs nor in "
		       PQS_LIBEXEC;
	if (error == ENOENT)
		return "there is no such user (worker.user)";
	if (error == EPERM)
		return "it may not run as that user";
	return strerror(error);
}

/* Root's worker is somebody else; everyone else's is themselves. */
static void worker(struct doctor *d)
{
	const struct passwd *me = geteuid() == 0 ? NULL : getpwuid(geteuid());
	const char          *user = me != NULL ? me->pw_name
	                                       : d->start.config.worker.user;
	int                  fd, pidfd, r;
	pid_t                pid;

	r = linux_spawn_worker(d->start.config.worker.user, &fd, &pidfd, &pid);
	if (r < 0) {
		row(d, "part", "rules worker", user, "denied",
		    worker_refusal(-r));
		return;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pidfd);
	close(fd);
	row(d, "part", "rules worker", user, "works", "");
}

/* Tried even where nobody asks for it, so that one knows before. */
static void exec_guard(struct doctor *d)
{
	const char *name = "exec guard", *with = "fanotify";
	int         r = linux_guard_try();

	if (r == -EPERM)
		row(d, "part", name, with, "denied",
		    "needs CAP_SYS_ADMIN");
	else if (r == -EINVAL || r == -ENOSYS)
		row(d, "part", name, with, "unsupported", "this kernel asks "
		    "nobody (CONFIG_FANOTIFY_ACCESS_PERMISSIONS)");
	else if (r < 0)
		row(d, "part", name, with, "denied", strerror(-r));
	else
		row(d, "part", name, with, "works",
		    d->start.config.exec_guard.enabled
		    ? "" : "exec_guard.enabled is false");
}

/* What a machine without systemd lacks nobody misses. */
static void units(struct doctor *d)
{
	const char *why = linux_units_try(&d->os.actuator);
	bool        absent = access("/run/systemd/system", F_OK) < 0;

	row(d, "part", "systemd units", "D-Bus", why == NULL ? "works" :
	    absent || strstr(why, "built") != NULL ? "unsupported" : "denied",
	    why == NULL ? "" : why);
}

static void list(struct doctor *d)
{
	const char *why = linux_list_try(&d->os.sensor);
	char        because[TRIAL_TEXT_MAX] = "";

	if (why != NULL)
		snprintf(because, sizeof because, "%s; each is looked at in "
		         "/proc instead", why);
	row(d, "part", "all processes", "BPF iterator", why == NULL ? "works" :
	    strncmp(why, "needs", 5) == 0 ? "denied" : "unsupported", because);
}

static void parts(struct doctor *d, int64_t sched)
{
	if (!d->start.json)
		putchar('\n');
	heading(d, "part", "uses");
	row(d, "part", "sensor", d->os.sensor.name, "works", "");
	list(d);
	event_thread(d, sched);
	pressure(d);
	page_faults(d);
	journal(d);
	worker(d);
	exec_guard(d);
	units(d);
	if (!d->start.json && d->notes > 0)
		putchar('\n');
	for (int i = 0; i < d->notes; i++)
		if (d->start.json)
			row(d, "note", "", "", "", d->note[i]);
		else
			puts(d->note[i]);
}

static void print_remedy(struct doctor *d, const struct remedy *m)
{
	if (d->start.json)
		row(d, "remedy", m->sign, m->does, "", m->gives);
	else if (m->gives[0] != '\0')
		printf("  %s: %s\n      %s\n", m->sign, m->gives, m->does);
	else
		printf("  %s:\n      %s\n", m->sign, m->does);
}

/* What stood in the way, once each, and what can be done about it. */
static void print_remedies(struct doctor *d)
{
	uint64_t found = d->remedies;   /* printing finds them again          */

	if (!d->start.json && found != 0)
		puts("\nWhat would give more of the above:");
	for (size_t i = 0; i < remedy_count; i++)
		if ((found >> i & 1) != 0)
			print_remedy(d, &remedies[i]);
}

static int examine(struct doctor *d)
{
	struct linux_options o = start_linux(&d->start, true);
	char                 why[TRIAL_TEXT_MAX] = "";
	struct task_id       me = { getpid(), getpid(), 0 };
	int64_t              sched = SCHED_CLASS_OTHER;
	int                  r;

	r = linux_open(&o, &d->os, on_note, d, why, sizeof why);
	if (r < 0) {
		fprintf(stderr, "pqs: %s\n", why[0] ? why : strerror(-r));
		return EXIT_SYSTEM;
	}
	d->os.actuator.read(d->os.actuator.self, me, SETTING_sched, &sched);
	settings(d);
	parts(d, sched);
	print_remedies(d);
	linux_close(&d->os);
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_SYSTEM;
}

int command_doctor(int argc, char **argv)
{
	static struct doctor d;
	int                  code;

	code = start_options(&d.start, argc, argv);
	if (code == EXIT_OK && d.start.rest_count > 0)
		code = command_misused(argv[0], "takes no '%s'", d.start.rest[0]);
	if (code != EXIT_OK)
		return code;
	code = start_config(&d.start);
	if (code == EXIT_OK)
		code = examine(&d);
	start_clear(&d.start);
	return code;
}
