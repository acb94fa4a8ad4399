/* test_os_linux_identity.c -- what tasks are, on recorded /proc trees and of
 * children that pretend to be something else. */

#include "looking.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#include "process/table.h"

#define RECORDS PQS_TREE "/tests/fixtures/proc/"
#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct table *table;

static void table_begin(void)
{
	setup();
	table = table_new(&os.sensor);
	ck_assert_ptr_nonnull(table);
}

static void table_end(void)
{
	table_free(table);
	teardown();
}

static struct task *meet(pid_t pid)
{
	struct task *who = NULL;

	ck_assert_int_ge(table_meet(table, id_of(pid), &who), 0);
	return who;
}

/* Waits for a slow one. */
static int fact(struct task *who, enum fact what, struct value *ret_value)
{
	size_t at = told_count;
	int    r;

	while ((r = table_fact(table, who, what, ret_value)) == -EINPROGRESS)
		await(EVENT_FACTS, who->id.pid, &at);
	return r;
}

/* A text, the elements of a list with a bar after each, "-" when it has none,
 * or "?" when that cannot be known. */
static const char *told_as(struct task *who, enum fact what)
{
	static char  text[2048];
	struct value v;
	int          r = fact(who, what, &v);

	if (r != 1)
		return r == -ENODATA ? "-" : "?";
	ck_assert_uint_lt(v.bytes, sizeof text);
	for (size_t i = 0; i < v.bytes; i++)
		text[i] = v.type == FACT_TYPE_LIST && v.text[i] == '\0'
		          ? '|' : v.text[i];
	text[v.bytes] = '\0';
	return text;
}

static const struct {
	const char *folder;
	pid_t       pid;
	const char *name, *script, *app, *container, *title, *unit;
} records[] = {
	{ "proton-game", 8121, "wine64-preloader", "-",
	  "Game-Win64-Shipping.exe|steam|", "-", "-",
	  "app-gnome-steam-7012.scope" },
	{ "flatpak", 5501, "obs", "-", "com.obsproject.Studio|", "-", "-",
	  "app-flatpak-com.obsproject.Studio-5466.scope" },
	{ "snap", 6203, "firefox", "-", "firefox|", "-", "-",
	  "snap.firefox.firefox-2c1f8f4e-77a1-4d0e-9a53-1f51c0dd1c3a.scope" },
	{ "appimage", 7310, "krita", "-", "krita-5.2.2-x86_64.AppImage|", "-",
	  "-", "session-2.scope" },
	{ "gnome-scope", 4410, "gnome-terminal-server", "-",
	  "org.gnome.Terminal|", "-", "-",
	  "app-gnome-org.gnome.Terminal-4388.scope" },
	{ "desktop-child", 4502, "bash", "-", "", "-", "-",
	  "session-2.scope" },
	{ "python-module", 9001, "python3.11", "http.server", "", "-", "-",
	  "session-2.scope" },
	{ "node-options", 9002, "node", "server.js", "", "-", "-",
	  "shop.service" },
	{ "java-jar", 9003, "java", "server.jar", "", "-", "-",
	  "minecraft.service" },
	{ "java-class", 9004, "java", "kafka.Kafka", "", "-", "-",
	  "kafka.service" },
	{ "perl", 9005, "perl", "exiftool", "", "-", "-", "session-2.scope" },
	{ "ruby", 9006, "ruby3.1", "rails", "", "-", "-", "session-2.scope" },
	{ "sh-script", 9007, "dash", "backup.sh", "", "-", "-",
	  "backup.service" },
	{ "docker", 10210, "nginx", "-", "", "docker/4c01db0b339c", "-",
	  "docker-4c01db0b339c8e7f2a5d6c7b8a99f0e1d2c3b4a5968778695a4b3c2d1e"
	  "0f9a8b.scope" },
	{ "docker-old-groups", 10211, "redis-server", "-", "",
	  "docker/4c01db0b339c", "-", "-" },
	{ "podman", 10310, "postgres", "-", "", "podman/4c01db0b339c", "-",
	  "libpod-4c01db0b339c8e7f2a5d6c7b8a99f0e1d2c3b4a5968778695a4b3c2d1e"
	  "0f9a8b.scope" },
	{ "k8s", 10410, "coredns", "-", "", "k8s/4c01db0b339c", "-",
	  "cri-containerd-4c01db0b339c8e7f2a5d6c7b8a99f0e1d2c3b4a5968778695a"
	  "4b3c2d1e0f9a8b.scope" },
	{ "lxc", 10510, "nginx", "-", "", "lxc/web1",
	  "nginx: master process /usr/sbin/nginx -g daemon on; "
	  "master_process on;", "nginx.service" },
	{ "nspawn", 10610, "systemd", "-", "", "nspawn/build", "-",
	  "init.scope" },
	{ "postgres", 812, "postgres", "-", "", "-", "-",
	  "postgresql@15-main.service" },
	{ "postgres-worker", 20412, "postgres", "-", "", "-",
	  "postgres: 15/main: autovacuum worker shop",
	  "postgresql@15-main.service" },
	{ "title-past-the-arguments", 20500, "sshd", "-", "", "-",
	  "sshd: ann [priv]", "session-4.scope" },
};

START_TEST(a_recorded_task_is_known_for_what_it_is)
{
	char         root[512];
	struct task *who;

	snprintf(root, sizeof root, RECORDS "%s", records[_i].folder);
	turn_to(root, PATIENCE_NS);
	who = meet(records[_i].pid);
	ck_assert_str_eq(told_as(who, FACT_name), records[_i].name);
	ck_assert_str_eq(told_as(who, FACT_script), records[_i].script);
	ck_assert_str_eq(told_as(who, FACT_app), records[_i].app);
	ck_assert_str_eq(told_as(who, FACT_container), records[_i].container);
	ck_assert_str_eq(told_as(who, FACT_title), records[_i].title);
	ck_assert_str_eq(told_as(who, FACT_unit), records[_i].unit);
}
END_TEST

static void spell_out(const char *const *names, size_t n)
{
	const struct interest what = { .forks = true, .env = names,
	                               .env_count = n };

	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
}

START_TEST(of_an_environment_only_what_is_spelt_out_is_shown)
{
	static const char *const names[] = { "SteamAppId", "LANG", "PATH" };
	struct task             *who;

	turn_to(RECORDS "proton-game", PATIENCE_NS);
	spell_out(names, 3);
	who = meet(8121);
	ck_assert_str_eq(told_as(who, FACT_env),
	                 "SteamAppId=1091500|LANG=en_GB.UTF-8|");
	table_forget(table, who, FACT_BIT(FACT_env));
	spell_out(names, 1);
	ck_assert_str_eq(told_as(who, FACT_env), "SteamAppId=1091500|");
	table_forget(table, who, FACT_BIT(FACT_env));
	spell_out(NULL, 0);
	ck_assert_str_eq(told_as(who, FACT_env), "");
}
END_TEST

START_TEST(what_tells_the_app_is_read_and_not_shown)
{
	static const char *const names[] = { "FLATPAK_ID" };
	struct task             *who;

	turn_to(RECORDS "flatpak", PATIENCE_NS);
	who = meet(5501);
	ck_assert_str_eq(told_as(who, FACT_app), "com.obsproject.Studio|");
	ck_assert_str_eq(told_as(who, FACT_env), "");
	table_forget(table, who, FACT_BIT(FACT_env));
	spell_out(names, 1);
	ck_assert_str_eq(told_as(who, FACT_env),
	                 "FLATPAK_ID=com.obsproject.Studio|");
	ck_assert_str_eq(told_as(who, FACT_app), "com.obsproject.Studio|");
}
END_TEST

static const char plain_stat[] =
	"77 (a) S 3 4 77 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 12 0 4242 "
	"1000 100 18446744073709551615 1 2 3 0 0 0 0 0 0 0 0 0 17 0 40 2 0 0 0 "
	"0 0 0 0 0 0 0 0\n";

START_TEST(an_environment_too_large_to_keep_is_not_given_in_part)
{
	static const char *const names[] = { "BIG" };
	static char              big[ENV_READ_MAX + 64];
	static const size_t      sizes[] = { ENV_KEEP, ENV_KEEP + 1,
	                                     ENV_READ_MAX - 2,
	                                     ENV_READ_MAX - 1 };
	struct task             *who;
	struct value             v;

	memset(big, 'x', sizeof big);
	memcpy(big, _i < 2 ? "BIG=" : "ODD=", 4);
	big[sizes[_i] - 1] = '\0';
	record_bytes("77/environ", big, sizes[_i]);
	record("77/stat", plain_stat);
	turn_to_records(PATIENCE_NS);
	spell_out(names, 1);
	who = meet(77);
	ck_assert_int_eq(fact(who, FACT_env, &v), _i % 2 == 0);
	if (_i % 2 == 0)
		ck_assert_uint_eq(v.bytes, _i == 0 ? ENV_KEEP : 0);
}
END_TEST

START_TEST(more_names_than_are_kept_are_not_asked_for)
{
	char        names[ENV_NAMES_MAX + 1][16];
	const char *lent[ENV_NAMES_MAX + 1];

	for (size_t i = 0; i <= ENV_NAMES_MAX; i++) {
		snprintf(names[i], sizeof names[i], "N%zu", i);
		lent[i] = names[i];
	}
	record_bytes("77/environ", "N63=in\0N64=out\0", 15);
	record("77/stat", plain_stat);
	turn_to_records(PATIENCE_NS);
	spell_out(lent, ENV_NAMES_MAX + 1);
	ck_assert_str_eq(told_as(meet(77), FACT_env), "N63=in|");
}
END_TEST

/* In a child: writes over its arguments, and on into the environment, says so
 * and waits. */
static void write_title(char *args, size_t room, const char *title, int done)
{
	memset(args, 0, room);
	memcpy(args, title, strlen(title));
	if (write(done, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* Longer than the path of this program and its arguments. */
static char long_title[1024];

static pid_t start_titled(const char *title)
{
	char  self[256] = "", word;
	char *argv[] = { self, (char *)title, (char *)"and", (char *)"room",
	                 NULL };
	int   ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("ROOM", long_title, 1);
		dup2(ends[1], 3);
		execv(self, argv);
		_exit(1);
	}
	ck_assert_int_eq(read(ends[0], &word, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

START_TEST(what_a_task_wrote_over_its_arguments_is_its_title)
{
	const char  *titles[] = { "worker", "server: a worker", long_title };
	const char  *args[] = { "", "a|worker|", "" };
	struct task *who;
	pid_t        pid;

	memset(long_title, 'w', sizeof long_title - 1);
	pid = start_titled(titles[_i]);
	who = meet(pid);
	ck_assert_str_eq(told_as(who, FACT_title), titles[_i]);
	ck_assert_str_eq(told_as(who, FACT_cmdline), titles[_i]);
	ck_assert_str_eq(told_as(who, FACT_args), args[_i]);
	end(pid);
}
END_TEST

START_TEST(who_wrote_nothing_has_no_title)
{
	char *const  spaced[] = { (char *)"sl eep", (char *)"1000", NULL };
	char *const  empty[] = { (char *)"x", (char *)"1000", (char *)"0",
	                         NULL };
	pid_t        pid = start_as("plain", _i == 0 ? spaced : empty);

	ck_assert_str_eq(told_as(meet(pid), FACT_title), "-");
	end(pid);
}
END_TEST

/* In a mount namespace of its own, a program of ours under the path of another;
 * NULL: that path is there alone, in a file system of its own. */
static pid_t start_disguised(const char *program, const char *as)
{
	char  copy[8192];
	int   ends[2];
	char  word = 0;
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(copy, sizeof copy, "mount -t tmpfs none '%s' && "
		         "cp /bin/sleep '%s'", folder, as);
		if (unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    (program != NULL ? mount(program, as, NULL, MS_BIND, NULL)
		                     : system(copy)) == 0)
			execl(as, as, "1000", (char *)NULL);
		(void)!write(ends[1], "x", 1);
		_exit(1);
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &word, 1), 0);   /* closed by its exec */
	close(ends[0]);
	return pid;
}

START_TEST(a_path_cannot_be_borrowed_by_mounting_over_it)
{
	char         command[8192], program[4096], link[64], path[4096] = "";
	struct task *who;
	pid_t        pid;

	record("trusted", "a program of somebody else\n");
	snprintf(program, sizeof program, "%s", below("own"));
	snprintf(command, sizeof command, "cp /bin/sleep '%s'", program);
	ck_assert_int_eq(system(command), 0);
	pid = start_disguised(program, below("trusted"));
	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	ck_assert_int_gt(readlink(link, path, sizeof path - 1), 0);
	ck_assert_str_eq(path, below("trusted"));       /* so says the kernel */
	who = meet(pid);
	ck_assert_str_eq(told_as(who, FACT_exe), "?");
	ck_assert(who->facts->foreign);
	ck_assert_str_eq(told_as(who, FACT_name), "trusted");
	end(pid);
}
END_TEST

/* To look for it here is to ask whoever serves the file system. */
START_TEST(a_path_that_is_elsewhere_alone_is_looked_for_aside)
{
	pid_t        pid = start_disguised(NULL, below("elsewhere"));
	struct task *who = meet(pid);
	struct value v;

	ck_assert_int_eq(table_fact(table, who, FACT_exe, &v), -EINPROGRESS);
	ck_assert_str_eq(told_as(who, FACT_name), "elsewhere");
	ck_assert_str_eq(told_as(who, FACT_exe), "?");
	ck_assert(who->facts->foreign);
	end(pid);
}
END_TEST

START_TEST(a_namespace_of_its_own_alone_makes_no_program_foreign)
{
	pid_t        pid = start_disguised("/bin/sleep", "/bin/sleep");
	struct task *who = meet(pid);

	ck_assert_str_eq(told_as(who, FACT_name), "sleep");
	ck_assert_str_ne(told_as(who, FACT_exe), "?");
	ck_assert(!who->facts->foreign);
	end(pid);
}
END_TEST

/* Deleted by their owner in their owner's folder, and in that of another. */
START_TEST(a_deleted_program_is_believed_where_its_owner_owned_the_folder)
{
	pid_t        pid;
	struct task *who;
	char         folder_of[4096];

	snprintf(folder_of, sizeof folder_of, "%s", below("upgraded/program"));
	pid = start_as("upgraded/program", sleeping);
	ck_assert_int_eq(chown(folder_of, 65534, 65533), 0);
	ck_assert_int_eq(unlink(folder_of), 0);
	*strrchr(folder_of, '/') = '\0';
	if (_i == 0)
		ck_assert_int_eq(chown(folder_of, 65534, 65533), 0);
	who = meet(pid);
	if (_i == 0)
		ck_assert_str_eq(told_as(who, FACT_exe),
		                 below("upgraded/program"));
	else
		ck_assert_str_eq(told_as(who, FACT_exe), "?");
	ck_assert_int_eq(who->facts->foreign, _i != 0);
	ck_assert_str_eq(told_as(who, FACT_name), "program");
	end(pid);
}
END_TEST

/* So much of a CPU, however long it takes to get it. */
static void burn(uint64_t ns)
{
	struct timespec used;
	uint64_t        until_ns = 0;

	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
		if (until_ns == 0)
			until_ns = (uint64_t)used.tv_sec * 1000000000 +
			           (uint64_t)used.tv_nsec + ns;
	} while ((uint64_t)used.tv_sec * 1000000000 +
	         (uint64_t)used.tv_nsec < until_ns);
}

START_TEST(cpu_takes_two_looks_and_then_tells_what_was_used_between)
{
	struct task *who = meet(getpid());
	struct value v;

	ck_assert_int_eq(fact(who, FACT_cpu, &v), 0);
	table_forget(table, who, FACT_BIT(FACT_cpu));
	ck_assert_int_eq(fact(who, FACT_cpu, &v), 0);   /* too soon           */
	burn(UINT64_C(300000000));
	table_forget(table, who, FACT_BIT(FACT_cpu));
	ck_assert_int_eq(fact(who, FACT_cpu, &v), 1);
	ck_assert_int_ge(v.number, 1);  /* of a busy machine there is no more */
	ck_assert_int_le(v.number, 110);
	ck_assert_int_eq(usleep(300000), 0);
	table_forget(table, who, FACT_BIT(FACT_cpu));
	ck_assert_int_eq(fact(who, FACT_cpu, &v), 1);
	ck_assert_int_le(v.number, 10);
}
END_TEST

START_TEST(memory_and_storage_are_counted)
{
	const size_t bytes = 64u << 20;
	struct task *who = meet(getpid());
	struct value before, after, v;
	void        *memory;

	ck_assert_int_eq(fact(who, FACT_rss, &before), 1);
	ck_assert_int_eq(fact(who, FACT_io_rate, &v), 0);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	table_forget(table, who, FACT_BIT(FACT_rss));
	ck_assert_int_eq(fact(who, FACT_rss, &after), 1);
	ck_assert_int_ge(after.number - before.number, (int64_t)bytes / 2);
	munmap(memory, bytes);
	ck_assert_int_eq(usleep(150000), 0);
	table_forget(table, who, FACT_BIT(FACT_io_rate));
	ck_assert_int_eq(fact(who, FACT_io_rate, &v), 1);
	ck_assert_int_ge(v.number, 0);
}
END_TEST

START_TEST(io_is_what_storage_read_and_wrote)
{
	uint64_t      bytes;
	struct procfs p;

	record("77/io", "rchar: 5\nwchar: 6\nsyscr: 7\nsyscw: 8\n"
	                "read_bytes: 4096\nwrite_bytes: 8192\n"
	                "cancelled_write_bytes: 0\n");
	record("78/io", "rchar: 5\n");
	ck_assert_int_eq(procfs_open(&p, folder), 0);
	ck_assert_int_eq(procfs_io(&p, 77, &bytes), 0);
	ck_assert_uint_eq(bytes, 4096 + 8192);
	ck_assert_int_eq(procfs_io(&p, 78, &bytes), -EBADMSG);
	ck_assert_int_eq(procfs_io(&p, 79, &bytes), -ESRCH);
	procfs_close(&p);
}
END_TEST

START_TEST(a_group_is_called_what_the_file_says)
{
	pid_t pid = start_as("plain", sleeping);

	ck_assert_str_eq(told_as(meet(pid), FACT_group), "?");
	ck_assert_str_eq(told_as(meet(getpid()), FACT_group), "root");
	end(pid);
}
END_TEST

static void add_all(TCase *t)
{
	tcase_add_loop_test(t, a_recorded_task_is_known_for_what_it_is, 0,
	                    COUNT(records));
	tcase_add_test(t, of_an_environment_only_what_is_spelt_out_is_shown);
	tcase_add_test(t, what_tells_the_app_is_read_and_not_shown);
	tcase_add_loop_test(t,
	        an_environment_too_large_to_keep_is_not_given_in_part, 0, 4);
	tcase_add_test(t, more_names_than_are_kept_are_not_asked_for);
	tcase_add_loop_test(t, what_a_task_wrote_over_its_arguments_is_its_title,
	                    0, 3);
	tcase_add_loop_test(t, who_wrote_nothing_has_no_title, 0, 2);
	tcase_add_test(t, a_path_cannot_be_borrowed_by_mounting_over_it);
	tcase_add_test(t, a_path_that_is_elsewhere_alone_is_looked_for_aside);
	tcase_add_test(t, a_namespace_of_its_own_alone_makes_no_program_foreign);
	tcase_add_loop_test(t,
	        a_deleted_program_is_believed_where_its_owner_owned_the_folder,
	        0, 2);
	tcase_add_test(t,
	        cpu_takes_two_looks_and_then_tells_what_was_used_between);
	tcase_add_test(t, memory_and_storage_are_counted);
	tcase_add_test(t, io_is_what_storage_read_and_wrote);
	tcase_add_test(t, a_group_is_called_what_the_file_says);
}

/* With arguments it is the child that start_titled() started. */
int main(int argc, char **argv)
{
	Suite *s = suite_create("os linux identity");
	TCase *t = tcase_create("identity");
	char   title[2048];

	if (argc > 1) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(title, sizeof title, "%s", argv[1]);
		write_title(argv[0], (size_t)(argv[argc - 1] - argv[0]) +
		                     strlen(argv[argc - 1]) + 1, title, 3);
	}
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, table_begin, table_end);
	tcase_set_timeout(t, 60);
	add_all(t);
	return suite_run(s);
}
