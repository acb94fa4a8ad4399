/* boot.c -- what holds for a whole boot: its id, and who people are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/linux.h"

#define LINE_BYTES 1024         /* a longer line is read in pieces            */

/* Process ids and start times mean something only within one boot, so whatever
 * is kept about them is kept under this. */
int linux_boot_id(char *ret_id, size_t size)
{
	char  line[64];
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	int   r = 0;

	if (file == NULL)
		return -errno;
	if (fgets(line, sizeof line, file) == NULL)
		r = -EIO;
	fclose(file);
	if (r < 0)
		return r;
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0' || strlen(line) >= size)
		return -EBADMSG;
	(void)text_copy(ret_id, size, line);
	return 0;
}

/* "UID_MIN	1000": the word, blanks, a number; anything else is no match. */
static void bound_read(const char *line, const char *word, uid_t *ret_uid)
{
	size_t             n = strlen(word);
	char              *end;
	unsigned long long value;

	line += strspn(line, " \t");
	if (strncmp(line, word, n) != 0 || strspn(line + n, " \t") == 0)
		return;
	errno = 0;
	value = strtoull(line + n, &end, 0);
	if (end != line + n && errno == 0 && value < UINT32_MAX)
		*ret_uid = (uid_t)value;
}

/* The same bounds that adduser goes by; a system without the file uses what the
 * file would most likely say. */
void linux_people(uid_t *ret_low, uid_t *ret_high)
{
	char  line[LINE_BYTES];
	FILE *file = fopen("/etc/login.defs", "re");

	*ret_low = 1000;
	*ret_high = 60000;
	if (file == NULL)
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		bound_read(line, "UID_MIN", ret_low);
		bound_read(line, "UID_MAX", ret_high);
	}
	fclose(file);
}
