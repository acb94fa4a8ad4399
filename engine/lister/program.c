/* program.c -- the program that tells the kernel's list of processes.
 *
 * It is written instruction by instruction, so that no compiler for it
 * is needed, and where in the kernel's memory each word stands is looked
 * up in the types of the kernel that runs.  Loads through a pointer that
 * is no good give 0.
 */
#include "lister/program.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define INSTRUCTIONS_MAX 256
#define NEST_MAX           8    /* structs without a name in one another      */

/* The entry is made on the stack, below its top. */
#define ENTRY_AT         (-(int)sizeof(struct roster_entry))
#define AT(field)        (ENTRY_AT + (int)offsetof(struct roster_entry, field))

enum { R0, R1, R2, R3, R4, R5, TASK, LIST, HERE, FILE_OF, TOP };

struct program {
	const struct btf *types;
	struct bpf_insn   text[INSTRUCTIONS_MAX];
	int               length;
	bool              failed;       /* no room, or a field is not there   */
};

/* Where a member stands, in bytes; those without a name are looked into.  -1:
 * there is none. */
static int member_at(const struct btf *types, const struct btf_type *of,
                     const char *name, int depth)
{
	const struct btf_member *m = btf_members(of);

	for (uint32_t i = 0; i < btf_vlen(of); i++) {
		int         at = (int)(btf_member_bit_offset(of, i) / 8), inner;
		const char *is = btf__name_by_offset(types, m[i].name_off);
		const struct btf_type *type = btf__type_by_id(types, m[i].type);

		if (strcmp(is, name) == 0)
			return at;
		if (is[0] != '\0' || !btf_is_composite(type) ||
		    depth == NEST_MAX)
			continue;
		inner = member_at(types, type, name, depth + 1);
		if (inner >= 0)
			return at + inner;
	}
	return -1;
}

static int find(const struct program *p, const char *of, const char *name)
{
	int id = btf__find_by_name_kind(p->types, of, BTF_KIND_STRUCT);

	return id < 0 ? -1 : member_at(p->types,
	                               btf__type_by_id(p->types, (uint32_t)id),
	                               name, 0);
}

/* The same of what there must be. */
static int field(struct program *p, const char *of, const char *name)
{
	int at = find(p, of, name);

	p->failed |= at < 0;
	return at < 0 ? 0 : at;
}

static void add(struct program *p, int code, int to, int from, int offset,
                int value)
{
	if (p->length == INSTRUCTIONS_MAX) {
		p->failed = true;
		return;
	}
	p->text[p->length++] = (struct bpf_insn){
		.code = (uint8_t)code, .dst_reg = (uint8_t)(to & 15),
		.src_reg = (uint8_t)(from & 15), .off = (int16_t)offset,
		.imm = value };
}

/* to = *(from + offset) */
static void load(struct program *p, int width, int to, int from, int offset)
{
	add(p, BPF_LDX | BPF_MEM | width, to, from, offset, 0);
}

static void put(struct program *p, int width, int from, int at)
{
	add(p, BPF_STX | BPF_MEM | width, TOP, from, at, 0);
}

static void put_number(struct program *p, int width, int at, int value)
{
	add(p, BPF_ST | BPF_MEM | width, TOP, 0, at, value);
}

static void copy(struct program *p, int to, int from)
{
	add(p, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

/* to = what stands in the entry, by its address */
static void address(struct program *p, int to, int at)
{
	copy(p, to, TOP);
	add(p, BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, at);
}

static void number(struct program *p, int to, int value)
{
	add(p, BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

static void call(struct program *p, int function)
{
	add(p, BPF_JMP | BPF_CALL, 0, 0, 0, function);
}

/* Where a jump will be told to go: to the end. */
static int jump(struct program *p, int condition, int a, int b)
{
	add(p, BPF_JMP | condition, a, b, 0, 0);
	return p->length - 1;
}

static void land(struct program *p, int from)
{
	if (!p->failed)
		p->text[from].off = (int16_t)(p->length - from - 1);
}

/* Moves one word of a kernel's struct into the entry. */
static void tell(struct program *p, int width, int from, const char *of,
                 const char *name, int at)
{
	load(p, width, R1, from, field(p, of, name));
	put(p, width, R1, at);
}

static void follow(struct program *p, int to, int from, const char *of,
                   const char *name)
{
	load(p, BPF_DW, to, from, field(p, of, name));
}

static void tell_task(struct program *p)
{
	int comm = field(p, "task_struct", "comm");

	tell(p, BPF_DW, TASK, "task_struct", "start_boottime", AT(born_ns));
	tell(p, BPF_W, TASK, "task_struct", "pid", AT(pid));
	tell(p, BPF_W, TASK, "task_struct", "flags", AT(flags));
	tell(p, BPF_W, TASK, "task_struct", "policy", AT(policy));
	tell(p, BPF_W, TASK, "task_struct", "rt_priority", AT(priority));
	tell(p, BPF_W, TASK, "task_struct", "static_prio", AT(niceness));
	tell(p, BPF_DW, TASK, "task_struct", "timer_slack_ns",
	     AT(timer_slack_ns));
	for (int i = 0; i < ROSTER_COMM_BYTES; i += 8) {
		load(p, BPF_DW, R1, TASK, comm + i);
		put(p, BPF_DW, R1, AT(comm) + i);
	}
}

/* to = a word of 16 bits that has a sign */
static void load_short(struct program *p, int to, int from, int offset)
{
	load(p, BPF_H, to, from, offset);
	add(p, BPF_ALU64 | BPF_LSH | BPF_K, to, 0, 0, 48);
	add(p, BPF_ALU64 | BPF_ARSH | BPF_K, to, 0, 0, 48);
}

/* Knobs that it would take a call each to look at. */
static void tell_knobs(struct program *p)
{
	follow(p, HERE, TASK, "task_struct", "io_context");
	load(p, BPF_H, R1, HERE, field(p, "io_context", "ioprio"));
	put(p, BPF_W, R1, AT(io));
	follow(p, HERE, TASK, "task_struct", "signal");
	load_short(p, R1, HERE, field(p, "signal_struct", "oom_score_adj"));
	put(p, BPF_W, R1, AT(oom_score_adj));
}

static void tell_ids(struct program *p)
{
	static const char *const name[ROSTER_IDS] = {
		[ROSTER_UID] = "uid",     [ROSTER_GID] = "gid",
		[ROSTER_SUID] = "suid",   [ROSTER_SGID] = "sgid",
		[ROSTER_EUID] = "euid",   [ROSTER_EGID] = "egid",
		[ROSTER_FSUID] = "fsuid", [ROSTER_FSGID] = "fsgid",
	};

	follow(p, HERE, TASK, "task_struct", "real_cred");
	for (int i = 0; i < ROSTER_IDS; i++)
		tell(p, BPF_W, HERE, "cred", name[i],
		     AT(id) + i * (int)sizeof(uint32_t));
}

static int session_type(const struct program *p)
{
	int id = btf__find_by_name_kind(p->types, "pid_type", BTF_KIND_ENUM);
	const struct btf_type *of;

	if (id < 0)
		return -1;
	of = btf__type_by_id(p->types, (uint32_t)id);
	for (uint32_t i = 0; i < btf_vlen(of); i++)
		if (strcmp(btf__name_by_offset(p->types,
		                               btf_enum(of)[i].name_off),
		           "PIDTYPE_SID") == 0)
			return btf_enum(of)[i].val;
	return -1;
}

/* The number of a pid is the one in the first namespace. */
static void tell_kin(struct program *p)
{
	int session = session_type(p);
	int number_at = find(p, "pid", "ino");

	p->failed |= session < 0;
	follow(p, HERE, TASK, "task_struct", "real_parent");
	tell(p, BPF_W, HERE, "task_struct", "tgid", AT(ppid));
	follow(p, HERE, TASK, "task_struct", "signal");
	tell(p, BPF_W, HERE, "signal_struct", "nr_threads", AT(threads));
	load(p, BPF_DW, HERE, HERE, field(p, "signal_struct", "pids") +
	     session * (int)sizeof(uint64_t));
	load(p, BPF_W, R1, HERE, field(p, "pid", "numbers") +
	     field(p, "upid", "nr"));
	put(p, BPF_W, R1, AT(session));
	if (number_at < 0) {
		put_number(p, BPF_DW, AT(number), 0);
		return;
	}
	follow(p, HERE, TASK, "task_struct", "thread_pid");
	load(p, BPF_DW, R1, HERE, number_at);
	put(p, BPF_DW, R1, AT(number));
}

/* A counter that is the same before and after says that nobody renamed the file
 * in between. */
static void tell_program(struct program *p)
{
	int path = field(p, "file", "f_path");

	follow(p, HERE, TASK, "task_struct", "mm");
	follow(p, HERE, HERE, "mm_struct", "exe_file");
	load(p, BPF_DW, FILE_OF, HERE, path + field(p, "path", "dentry"));
	load(p, BPF_DW, HERE, HERE, path + field(p, "path", "mnt"));
	tell(p, BPF_DW, HERE, "vfsmount", "mnt_root", AT(mounted));
	put(p, BPF_DW, FILE_OF, AT(file));
	tell(p, BPF_W, FILE_OF, "dentry", "d_seq", AT(renames_before));
	load(p, BPF_DW, R3, FILE_OF, field(p, "dentry", "d_name") +
	     field(p, "qstr", "name"));
	address(p, R1, AT(name));
	number(p, R2, ROSTER_NAME_BYTES);
	call(p, BPF_FUNC_probe_read_kernel_str);
	tell(p, BPF_W, FILE_OF, "dentry", "d_seq", AT(renames_after));
}

/* if (task != NULL && task->pid == task->tgid) write(list, entry) */
static void text_write(struct program *p)
{
	int none, thread;

	load(p, BPF_DW, LIST, R1, field(p, "bpf_iter__task", "meta"));
	load(p, BPF_DW, TASK, R1, field(p, "bpf_iter__task", "task"));
	none = jump(p, BPF_JEQ | BPF_K, TASK, 0);
	load(p, BPF_W, R1, TASK, field(p, "task_struct", "pid"));
	load(p, BPF_W, R2, TASK, field(p, "task_struct", "tgid"));
	thread = jump(p, BPF_JNE | BPF_X, R1, R2);
	tell_task(p);
	tell_ids(p);
	tell_kin(p);
	tell_knobs(p);
	tell_program(p);
	load(p, BPF_DW, R1, LIST, field(p, "bpf_iter_meta", "seq"));
	address(p, R2, ENTRY_AT);
	number(p, R3, (int)sizeof(struct roster_entry));
	call(p, BPF_FUNC_seq_write);
	land(p, none);
	land(p, thread);
	number(p, R0, 0);
	add(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* EACCES is what the kernel says to a program that it does not trust. */
static enum roster_state refusal(int error)
{
	return error == EPERM ? ROSTER_DENIED : ROSTER_REFUSED;
}

/* The functions that it calls are there for programs under such a license. */
static enum roster_state hand_over(const struct program *p, int *ret_link)
{
	int id = btf__find_by_name_kind(p->types, "bpf_iter_task",
	                                BTF_KIND_FUNC);
	struct bpf_prog_load_opts o;
	int                       program, link, error;

	if (id < 0 || p->failed)
		return ROSTER_REFUSED;
	memset(&o, 0, sizeof o);        /* holes too: the library looks       */
	o.sz = sizeof o;
	o.expected_attach_type = BPF_TRACE_ITER;
	o.attach_btf_id = (uint32_t)id;
	program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "pqs_roster",
	                        "Dual MIT/GPL", p->text, (size_t)p->length, &o);
	if (program < 0)
		return refusal(errno);
	link = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);
	error = errno;
	close(program);
	if (link < 0)
		return refusal(error);
	*ret_link = link;
	return ROSTER_READY;
}

enum roster_state program_link(int *ret_link)
{
	struct program    p = { .types = btf__load_vmlinux_btf() };
	enum roster_state state;

	if (p.types == NULL)
		return ROSTER_NO_TYPES;
	text_write(&p);
	state = hand_over(&p, ret_link);
	btf__free((struct btf *)(uintptr_t)p.types);
	return state;
}
