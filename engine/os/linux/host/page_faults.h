/* page_faults.h -- wakes when so much memory was touched anew that it is time
 * to look what is left.
 *
 * Nothing in Linux tells that free memory dwindles.  But what a program takes
 * it first touches, each page is a fault then, and the kernel counts those for
 * whoever asks: a machine on which nobody takes memory is left asleep.  What is
 * taken without a fault, by a write to a file or by memory that is locked as it
 * is mapped, is not counted.
 */
#ifndef OS_LINUX_HOST_PAGE_FAULTS_H
#define OS_LINUX_HOST_PAGE_FAULTS_H

#include "os/linux/doors.h"

struct page_faults;

/* One counter for each CPU, at rest; ready and self as in a source.  NULL: no
 * memory, the kernel refuses (it asks for CAP_PERFMON), or there are more than
 * PAGE_FAULT_CPUS_MAX. */
struct page_faults *page_faults_new(int (*ready)(void *self,
                                                 struct linux_os *os,
                                                 uint32_t what), void *self);
/* Counts from now on; wakes again and again before more than that many bytes
 * may have been taken.  0 with how many it may be at least, or -errno. */
int  page_faults_arm(struct page_faults *f, struct linux_os *os,
                     uint64_t bytes, uint64_t *ret_least_bytes);
/* Counts no more. */
void page_faults_rest(struct page_faults *f, struct linux_os *os);
/* NULL is fine. */
void page_faults_free(struct page_faults *f, struct linux_os *os);

#endif
