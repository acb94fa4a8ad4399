/* users.c -- names of users and of groups, by id.
 *
 * A file is read once, at start, by hand: the C library's own look-up may ask
 * a server and wait for it.
 */
#include "os/linux/sensor/users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/text.h"

#define LOOK_UP_BYTES 16384

struct user {
	uid_t          uid;
	char           name[USER_NAME_BYTES];
	UT_hash_handle hh;
};

struct users {
	struct user *all;
};

/* Forgetting all is cheap and rare, and needs no order of age. */
static void users_clear(struct users *u)
{
	struct user *user = u->all, *next;

	HASH_CLEAR(hh, u->all);
	for (; user != NULL; user = next) {
		next = user->hh.next;
		free(user);
	}
}

/* The first line about an id counts. */
static void learn_first(struct users *u, uid_t id, const char *name)
{
	if (users_name(u, id) == NULL)
		(void)users_learn(u, id, name);
}

/* fgetpwent() reads this one file and asks no name service. */
static void users_read(struct users *u, FILE *file)
{
	const struct passwd *p;

	while ((p = fgetpwent(file)) != NULL)
		learn_first(u, p->pw_uid, p->pw_name);
}

static void groups_read(struct users *u, FILE *file)
{
	const struct group *g;

	while ((g = fgetgrent(file)) != NULL)
		learn_first(u, g->gr_gid, g->gr_name);
}

static struct users *new_from(const char *path,
                              void (*read)(struct users *, FILE *))
{
	struct users *u = calloc(1, sizeof *u);
	FILE         *file;

	if (u == NULL)
		return NULL;
	file = fopen(path, "re");
	if (file != NULL) {
		read(u, file);
		fclose(file);
	}
	return u;
}

struct users *users_new(const char *passwd)
{
	return new_from(passwd, users_read);
}

struct users *users_new_groups(const char *group)
{
	return new_from(group, groups_read);
}

void users_free(struct users *u)
{
	if (u == NULL)
		return;
	users_clear(u);
	free(u);
}

static struct user *users_find(const struct users *u, uid_t uid)
{
	struct user *user;

	HASH_FIND(hh, u->all, &uid, sizeof uid, user);
	return user;
}

const char *users_name(const struct users *u, uid_t uid)
{
	const struct user *user = users_find(u, uid);

	return user == NULL ? NULL : user->name;
}

int users_learn(struct users *u, uid_t uid, const char *name)
{
	struct user *user = users_find(u, uid);

	if (user == NULL) {
		if (HASH_COUNT(u->all) >= USERS_MAX)
			users_clear(u);
		user = calloc(1, sizeof *user);
		if (user == NULL)
			return -ENOMEM;
		user->uid = uid;
		HASH_ADD(hh, u->all, uid, sizeof uid, user);
	}
	(void)text_copy(user->name, sizeof user->name, name);
	return 0;
}

/* The buffer is on the heap: groups of nested services want some room. */
int users_look_up(uid_t uid, char *ret_name, size_t size)
{
	char          *bytes = malloc(LOOK_UP_BYTES);
	struct passwd  entry, *found = NULL;
	int            r = ENOMEM;

	if (bytes == NULL)
		return -ENOMEM;
	r = getpwuid_r(uid, &entry, bytes, LOOK_UP_BYTES, &found);
	if (r == 0)
		(void)text_copy(ret_name, size,
		                found == NULL ? "" : found->pw_name);
	free(bytes);
	return -r;
}

int users_look_up_group(gid_t gid, char *ret_name, size_t size)
{
	char         *bytes = malloc(LOOK_UP_BYTES);
	struct group  entry, *found = NULL;
	int           r;

	if (bytes == NULL)
		return -ENOMEM;
	r = getgrgid_r(gid, &entry, bytes, LOOK_UP_BYTES, &found);
	if (r == 0)
		(void)text_copy(ret_name, size,
		                found == NULL ? "" : found->gr_name);
	free(bytes);
	return -r;
}
