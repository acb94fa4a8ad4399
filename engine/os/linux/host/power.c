/* power.c -- whether the machine runs on its battery: what the folders of its
 * power supplies amount to. */
#include "os/linux/host/power.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* One attribute of one supply, without the newline; "" where there is none. */
static void supply_read(int folder, const char *supply, const char *attribute,
                        char *ret_text, size_t size)
{
	int     at = openat(folder, supply, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int     fd = at < 0 ? -1 : openat(at, attribute, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret_text, size - 1);

	ret_text[n > 0 ? n : 0] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
}

/* What all supplies together amount to. */
struct supplies {
	bool battery, discharging, mains, plugged;
};

/* A mouse has a battery too; that is its own affair. */
static void supply_weigh(int folder, const char *supply, struct supplies *sum)
{
	char type[32], scope[32], text[32];

	supply_read(folder, supply, "type", type, sizeof type);
	supply_read(folder, supply, "scope", scope, sizeof scope);
	if (strcmp(scope, "Device") == 0)
		return;
	/* Phones and tablets are charged through what calls itself USB_C and
	 * the like. */
	if (strcmp(type, "Battery") == 0) {
		sum->battery = true;
		supply_read(folder, supply, "status", text, sizeof text);
		sum->discharging |= strcmp(text, "Discharging") == 0;
	} else if (strcmp(type, "Mains") == 0 || strncmp(type, "USB", 3) == 0) {
		sum->mains = true;
		supply_read(folder, supply, "online", text, sizeof text);
		sum->plugged |= text[0] != '\0' && text[0] != '0';
	}
}

bool power_on_battery(const char *supplies)
{
	struct supplies sum = { false, false, false, false };
	DIR            *folder = opendir(supplies);
	struct dirent  *entry;

	if (folder == NULL)
		return false;
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			supply_weigh(dirfd(folder), entry->d_name, &sum);
	closedir(folder);
	/* Where no plug is known the battery's own word is all there is. */
	return sum.battery && !sum.plugged && (sum.mains || sum.discharging);
}
