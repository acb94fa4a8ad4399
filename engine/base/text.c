/* text.c -- copying and cleaning strings, names of paths, and sums of bytes. */

#include "base/text.h"

#include <string.h>

size_t text_copy_bytes(char *to, size_t size, const char *from, size_t bytes)
{
	if (size == 0)
		return 0;
	if (bytes > size - 1)
		bytes = size - 1;
	memcpy(to, from, bytes);
	to[bytes] = '\0';
	return bytes;
}

/* No byte past size is looked at, so from need not end before. */
size_t text_copy(char *to, size_t size, const char *from)
{
	return text_copy_bytes(to, size, from, strnlen(from, size));
}

/* The C1 controls are two bytes in UTF-8; a terminal obeys them as well. */
static int is_c1(const unsigned char *p)
{
	return p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;
}

void text_clean(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0'; p++) {
		if (is_c1(p))
			*p++ = '?';
		else if (*p >= ' ' && *p != 0x7f)
			continue;
		*p = '?';
	}
}

size_t text_utf8(const void *character)
{
	const unsigned char *p = character;
	size_t n = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 :
	             *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

size_t text_mark_bytes(const char *text, size_t n)
{
	return n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

const char *text_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

uint32_t text_hash(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint32_t             h = UINT32_C(2166136261);

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT32_C(16777619);
	return h;
}

/* Each step turns different sums into different ones, and different words too:
 * so one changed word always shows. */
uint64_t text_sum(const void *bytes, size_t n)
{
	const char *p = bytes;
	uint64_t    sum = n;

	for (size_t step; n > 0; n -= step, p += step) {
		uint64_t word = 0;

		step = n < sizeof word ? n : sizeof word;
		memcpy(&word, p, step);
		sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 29;
	}
	return sum;
}

/* Half a byte a step: a table of 64 bytes stays in the cache. */
uint32_t text_crc32(uint32_t seed, const void *bytes, size_t n)
{
	static const uint32_t half[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const unsigned char *p = bytes;
	uint32_t             crc = ~seed;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ half[crc & 15];
		crc = crc >> 4 ^ half[crc & 15];
	}
	return ~crc;
}

const char *text_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}
