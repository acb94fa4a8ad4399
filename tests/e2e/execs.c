/* execs.c -- the kernel's own count of the programs that were started: its proc
 * connector, of which a filter leaves nothing but execs. */

#include "storm.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (16 << 20)

struct execs {
	int                  fd;
	pthread_t            thread;
	atomic_uint_fast64_t told;
	atomic_bool          lost, over;
};

static void filter(int fd)
{
	const uint32_t at = NLMSG_HDRLEN + sizeof(struct cn_msg) +
	                    offsetof(struct proc_event, what);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		         htonl((uint32_t)PROC_EVENT_EXEC), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
	                            sizeof program), 0);
}

static void listen_to(int fd)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK,
	                             .nl_groups = CN_IDX_PROC };
	uint32_t           word = PROC_CN_MCAST_LISTEN;
	uint8_t            bytes[NLMSG_SPACE(sizeof(struct cn_msg) + 4)] = { 0 };
	struct nlmsghdr    outer = {
		.nlmsg_len = NLMSG_LENGTH(sizeof(struct cn_msg) + sizeof word),
		.nlmsg_type = NLMSG_DONE };
	struct cn_msg      head = { .id = { CN_IDX_PROC, CN_VAL_PROC },
	                            .len = sizeof word };

	memcpy(bytes, &outer, sizeof outer);
	memcpy(bytes + NLMSG_HDRLEN, &head, sizeof head);
	memcpy(bytes + NLMSG_HDRLEN + sizeof head, &word, sizeof word);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&group, sizeof group), 0);
	ck_assert_int_gt(send(fd, bytes, outer.nlmsg_len, 0), 0);
}

static void *count(void *self)
{
	struct execs *x = self;
	char          letter[256];

	while (!atomic_load(&x->over)) {
		ssize_t n = recv(x->fd, letter, sizeof letter, 0);

		if (n > 0)
			atomic_fetch_add(&x->told, 1);
		else if (n < 0 && errno == ENOBUFS)
			atomic_store(&x->lost, true);
	}
	return NULL;
}

struct execs *execs_count(void)
{
	const int            bytes = BUFFER_BYTES;
	const struct timeval moment = { .tv_usec = 100000 };
	struct execs        *x = calloc(1, sizeof *x);

	ck_assert_ptr_nonnull(x);
	x->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
	               NETLINK_CONNECTOR);
	ck_assert_int_ge(x->fd, 0);
	ck_assert_int_eq(setsockopt(x->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	                            sizeof bytes), 0);
	setsockopt(x->fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
	filter(x->fd);
	listen_to(x->fd);
	ck_assert_int_eq(pthread_create(&x->thread, NULL, count, x), 0);
	return x;
}

uint64_t execs_told(struct execs *x)
{
	return atomic_load(&x->told);
}

bool execs_were_lost(struct execs *x)
{
	return atomic_load(&x->lost);
}

void execs_free(struct execs *x)
{
	if (x == NULL)
		return;
	atomic_store(&x->over, true);
	pthread_join(x->thread, NULL);
	close(x->fd);
	free(x);
}
