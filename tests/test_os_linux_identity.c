/* test_os_linux_identity.c -- what tasks are, as recorded /proc trees tell. */

#include "knowing.h"

#define RECORDS PQS_TREE "/tests/fixtures/proc/"

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

/* A child that became somebody else, or half of it, and then says so. */
static pid_t child_with_uids(uid_t real, uid_t effective)
{
	int   ends[2];
	char  ready;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (setresgid(real, real, real) < 0 ||
		    setresuid(real, effective, effective) < 0 ||
		    write(ends[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

/* By the kernel's short answer where it has one, and by the file. */
START_TEST(whose_a_process_is_is_told_as_its_file_says)
{
	static const struct {
		uid_t real, effective;
		bool  differ;
	} rows[] = { { 4711, 4711, false }, { 4711, 4712, true },
	             { 0, 4712, true }, { 0, 0, false } };
	struct procfs     p;
	struct procfs_ids ids;
	bool              can;
	pid_t             pid;

	ck_assert_int_eq(procfs_open(&p, "/proc"), 0);
	can = p.tells_ids;
	if (geteuid() != 0)
		return;
	pid = child_with_uids(rows[_i].real, rows[_i].effective);
	for (int i = 0; i < 2; i++) {
		p.tells_ids = i == 0 && can;
		ck_assert_int_eq(procfs_ids(&p, pid, &ids), 0);
		ck_assert_uint_eq(ids.uid, rows[_i].real);
		ck_assert_uint_eq(ids.gid, rows[_i].real);
		ck_assert(ids.uids_differ == rows[_i].differ);
		ck_assert_int_eq(procfs_told(&p, pid, &ids),
		                 p.tells_ids ? 0 : -ENODATA);
		ck_assert(!p.tells_ids || ids.parent == getpid());
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 2; i++) {
		p.tells_ids = i == 0 && can;
		ck_assert_int_eq(procfs_ids(&p, pid, &ids), -ESRCH);
	}
	procfs_close(&p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("os linux identity");
	TCase *t = tcase_create("identity");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, table_begin, table_end);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_recorded_task_is_known_for_what_it_is, 0,
	                    COUNT(records));
	tcase_add_test(t, of_an_environment_only_what_is_spelt_out_is_shown);
	tcase_add_test(t, what_tells_the_app_is_read_and_not_shown);
	tcase_add_loop_test(t,
	        an_environment_too_large_to_keep_is_not_given_in_part, 0, 4);
	tcase_add_test(t, more_names_than_are_kept_are_not_asked_for);
	tcase_add_test(t, io_is_what_storage_read_and_wrote);
	tcase_add_loop_test(t, whose_a_process_is_is_told_as_its_file_says, 0,
	                    4);
	return run_suite(s);
}
