/* test_worker_kept.c -- generations that were good come back whole or not at
 * all. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/kept.h"

#include "suite.h"

static char folder[64], inside[80];

static void setup(void)
{
	strcpy(folder, "/tmp/pqs-kept-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(inside, sizeof inside, "%s/a/b", folder);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static char path_a[] = "/etc/a.lua", text_a[] = "rule one";
static char path_b[] = "b.lua", text_b[] = "";
static struct rule_source both[] = {
	{ LAYER_VENDOR, path_a, text_a, sizeof text_a - 1, 0 },
	{ LAYER_ADMIN, path_b, text_b, 0, 0 },
};

static int keep(uint32_t number, const char *image)
{
	struct kept k = { .number = number, .image = image,
	                  .bytes = strlen(image) };

	k.sources.source = both;
	k.sources.count = 2;
	k.options.partial = true;
	ck_assert_int_eq(options_add(&k.options, "hog", "80%"), 0);
	return kept_write(inside, &k);
}

static const char image[] = "an image, or so: nobody looks into it here; it is "
	"only as long as the head of one must be, which is more than a hundred "
	"bytes and less than two hundred";

START_TEST(what_was_kept_comes_back)
{
	struct kept k;

	ck_assert_int_eq(keep(7, image), 0);
	ck_assert_int_eq(kept_read(inside, 7, &k), 0);
	ck_assert_uint_eq(k.number, 7);
	ck_assert_uint_eq(k.sources.count, 2);
	ck_assert_int_eq(k.sources.source[0].layer, LAYER_VENDOR);
	ck_assert_str_eq(k.sources.source[0].path, path_a);
	ck_assert_str_eq(k.sources.source[0].text, text_a);
	ck_assert_str_eq(k.sources.source[1].path, path_b);
	ck_assert_uint_eq(k.sources.source[1].bytes, 0);
	ck_assert_uint_eq(k.options.count, 1);
	ck_assert(k.options.partial);
	ck_assert_str_eq(k.options.option[0].value, "80%");
	ck_assert_uint_eq(k.bytes, sizeof image - 1);
	ck_assert_int_eq(memcmp(k.image, image, k.bytes), 0);
	ck_assert_uint_eq((uintptr_t)k.image % 8, 0);
	kept_forget(&k);
	ck_assert_int_eq(kept_read(inside, 8, &k), -ENOENT);
}
END_TEST

static void damage(off_t at, int change)
{
	char  path[128];
	char  byte;
	int   fd;

	snprintf(path, sizeof path, "%s/generation-7", inside);
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte = (char)(byte ^ change);
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static off_t size_of(void)
{
	struct stat st;
	char        path[128];

	snprintf(path, sizeof path, "%s/generation-7", inside);
	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_size;
}

START_TEST(every_damaged_byte_is_noticed)
{
	struct kept k;

	ck_assert_int_eq(keep(7, image), 0);
	for (off_t i = 0; i < size_of(); i++) {
		damage(i, 1 << i % 8);
		ck_assert_msg(kept_read(inside, 7, &k) == -EBADMSG,
		              "byte %d", (int)i);
		damage(i, 1 << i % 8);
	}
	ck_assert_int_eq(kept_read(inside, 7, &k), 0);
	kept_forget(&k);
}
END_TEST

START_TEST(a_file_that_was_cut_is_noticed)
{
	struct kept k;
	char        path[128];

	ck_assert_int_eq(keep(7, image), 0);
	snprintf(path, sizeof path, "%s/generation-7", inside);
	for (off_t n = size_of() - 1; n >= 0; n--) {
		ck_assert_int_eq(truncate(path, n), 0);
		ck_assert_int_eq(kept_read(inside, 7, &k), -EBADMSG);
	}
}
END_TEST

START_TEST(the_last_three_are_kept)
{
	uint32_t kept[GENERATIONS_KEPT];
	char     other[256];

	for (uint32_t i = 1; i <= 5; i++) {
		snprintf(other, sizeof other, "%u %s", (unsigned)i, image);
		ck_assert_int_eq(keep(i * 3, other), 0);
	}
	ck_assert_uint_eq(kept_list(inside, kept), 3);
	ck_assert_uint_eq(kept[0], 15);
	ck_assert_uint_eq(kept[1], 12);
	ck_assert_uint_eq(kept[2], 9);
}
END_TEST

START_TEST(what_is_damaged_is_listed_as_there_and_not_as_sound)
{
	uint32_t kept[GENERATIONS_KEPT];
	char     other[256];

	snprintf(other, sizeof other, "x%s", image);
	ck_assert_int_eq(keep(1, other), 0);
	ck_assert_int_eq(keep(7, image), 0);
	ck_assert_uint_eq(kept_sound(inside, kept), 2);
	ck_assert_uint_eq(kept[0], 7);
	ck_assert_uint_eq(kept[1], 1);
	damage(size_of() - 1, 1);
	ck_assert_uint_eq(kept_sound(inside, kept), 1);
	ck_assert_uint_eq(kept[0], 1);
	ck_assert_uint_eq(kept_list(inside, kept), 2);
	ck_assert_uint_eq(kept_highest(inside), 7);
}
END_TEST

/* Whoever went back did so because of those after it. */
START_TEST(one_that_was_gone_back_to_is_the_last_good_one)
{
	uint32_t kept[GENERATIONS_KEPT];
	char     other[4][256];

	for (uint32_t i = 0; i < 4; i++)
		snprintf(other[i], sizeof other[i], "%u %s", (unsigned)i,
		         image);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_int_eq(keep(i + 1, other[i]), 0);
	ck_assert_int_eq(keep(1, other[0]), 0);
	ck_assert_uint_eq(kept_list(inside, kept), 3);
	ck_assert_uint_eq(kept[0], 1);
	ck_assert_uint_eq(kept[1], 3);
	ck_assert_uint_eq(kept[2], 2);
	ck_assert_uint_eq(kept_highest(inside), 3);
	ck_assert_int_eq(keep(4, other[3]), 0);
	ck_assert_uint_eq(kept_list(inside, kept), 3);
	ck_assert_uint_eq(kept[0], 4);
	ck_assert_uint_eq(kept[1], 1);
	ck_assert_uint_eq(kept[2], 3);
}
END_TEST

START_TEST(one_that_says_the_same_pushes_no_other_out)
{
	uint32_t kept[GENERATIONS_KEPT];
	char     other[256];

	snprintf(other, sizeof other, "x%s", image);
	ck_assert_int_eq(keep(1, other), 0);
	for (uint32_t i = 2; i <= 9; i++)
		ck_assert_int_eq(keep(i, image), 0);
	ck_assert_uint_eq(kept_list(inside, kept), 2);
	ck_assert_uint_eq(kept[0], 9);
	ck_assert_uint_eq(kept[1], 1);
}
END_TEST

START_TEST(a_folder_that_others_may_write_in_is_not_used)
{
	struct kept k;

	ck_assert_int_eq(keep(7, image), 0);
	ck_assert_int_eq(chmod(inside, 0777), 0);
	ck_assert_int_eq(kept_read(inside, 7, &k), -EPERM);
	ck_assert_int_eq(keep(8, image), -EPERM);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("kept");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_kept_comes_back);
	tcase_add_test(t, every_damaged_byte_is_noticed);
	tcase_add_test(t, a_file_that_was_cut_is_noticed);
	tcase_add_test(t, the_last_three_are_kept);
	tcase_add_test(t, what_is_damaged_is_listed_as_there_and_not_as_sound);
	tcase_add_test(t, one_that_was_gone_back_to_is_the_last_good_one);
	tcase_add_test(t, one_that_says_the_same_pushes_no_other_out);
	tcase_add_test(t, a_folder_that_others_may_write_in_is_not_used);
	return run_case(t, "worker: kept");
}
