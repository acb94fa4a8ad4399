/* record.h -- the journal's file: a header, then records of one size.
 *
 * What is flushed at once is believed as a whole or not at all: its last record
 * is marked, and what stands behind the last such mark was cut off by a death or a
 * full disk, before anything was turned that hangs on it.  Of a record whose sum is
 * wrong that is not so: what may have been flushed with it is lost, up to the next
 * mark, and the rest is not.
 *
 * A record says the whole of what it is about, so one that is read twice, or
 * whose successor was lost, does no harm.  A set of CPUs, or a place, is
 * written as text before its number is used; a later text for the same number
 * replaces it, so that each run of the program may count its sets anew.
 */
#ifndef JOURNAL_RECORD_H
#define JOURNAL_RECORD_H

#include "base/text.h"
#include "journal/holds.h"

#define RECORD_MAGIC      "pqs hold"
#define RECORD_VERSION    5u
#define RECORD_BOOT_BYTES 44
#define RECORD_TEXT_BYTES 68
#define RECORD_BATCH      512u          /* records written or read at once    */

struct record_header {
	char     magic[8];              /* these three are every version's    */
	uint32_t version, zero;
	char     boot[RECORD_BOOT_BYTES];
	uint32_t crc;                   /* of all before it                   */
};

enum record_kind {
	RECORD_HOLD = 1,                /* this is how the hold is now        */
	RECORD_END,                     /* whom, setting                      */
	RECORD_FORK,                    /* child in whom, parent in through   */
	RECORD_GONE,                    /* whom                               */
	RECORD_SET,                     /* a piece of a set of CPUs, or place */
	RECORD_FORMER,                  /* a value that is no more; until when
	                                   is in through.born                 */
	RECORD_HEARD                    /* all births until since_ns          */
};

enum record_flag {
	RECORD_SETTLED = 1,             /* of a hold                          */
	RECORD_PIECE   = 1,             /* of a set: its last one             */
	RECORD_LAST    = 2,             /* of all that were flushed at once   */
	RECORD_AS_WANTED = 4            /* of a settled hold: at what was
	                                   wanted, whatever 'applied' says    */
};

struct record {
	uint32_t crc;                   /* of all after it                    */
	uint8_t  kind, setting;
	uint8_t  flags;                 /* of enum record_flag                */
	uint8_t  length;                /* set: bytes of text                 */
	union {
		struct {
			struct task_id whom, through;
			int64_t        origin, wanted, applied, earlier;
			uint64_t       since_ns;
		} hold;
		struct {
			uint32_t id;
			char     text[RECORD_TEXT_BYTES];
		} set;
	} u;
};

_Static_assert(sizeof(struct record_header) == 64, "no holes");
_Static_assert(sizeof(struct record) == 80, "no holes");

/* Where records go: appended to the file, or to its replacement. */
struct output {
	const struct store    *store;
	const struct interned *sets;
	bool                   replaces;
	size_t                 used;    /* records that wait                  */
	uint64_t               bytes;   /* written                            */
	uint32_t               sweeps;  /* that 'defined' is true of          */
	uint8_t                defined[INTERNED_MAX / 8];
	struct record          waiting[RECORD_BATCH];
};

/* Begins the replacement of the file with a header. */
int  output_replace(struct output *o, const char *boot);
/* Puts a record to those that wait, and the sets of CPUs it speaks of before
 * it.  0 or -errno of writing, after which the file's end is unknown. */
int  output_write(struct output *o, enum record_kind kind,
                  const struct hold *about);
/* Writes all that wait.  0, or as output_write(). */
int  output_flush(struct output *o);
int  output_former(struct output *o, const struct former *f);

struct record_counts {
	uint64_t bytes;                 /* of a file that goes on being used  */
	size_t   torn;                  /* dropped, sound ones among them if
	                                   others that were flushed with them are
	                                   missing                            */
	size_t   damaged;               /* of these, not merely cut off       */
};

/* Reads a whole file into h.  1: the file goes on being used; 0: it must be
 * replaced before anything is written; else as journal_open(). */
int  record_read(const struct store *store, const char *boot,
                 struct interned *sets, struct holds *h, struct formers *f,
                 struct record_counts *ret_counts);

/* Where there is no room to write more: what was begun, in that many bytes of
 * the file, and is not held any more is ended where it stands, and what was
 * settled since as wanted, or as it was before, is settled; as far as that can
 * be. */
void record_strike(const struct store *store, uint64_t bytes,
                   const struct holds *h);

static inline uint32_t record_sum(const struct record *r)
{
	return text_crc32(0, (const char *)r + sizeof r->crc,
	                  sizeof *r - sizeof r->crc);
}

#endif
