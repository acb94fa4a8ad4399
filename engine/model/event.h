/* event.h -- something happened; when, to whom, and nothing else. */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "model/host.h"
#include "model/task_id.h"

enum event_kind {
	EVENT_FORK,             /* who: a new process, born by parent         */
	EVENT_THREAD,           /* who: a new thread of who.pid               */
	EVENT_EXEC,             /* who runs another program now               */
	EVENT_RENAME,           /* who.tid has another comm                   */
	EVENT_UID,              /* who has other user or group ids            */
	EVENT_EXIT,             /* who.tid is gone; tid == pid: the process   */
	EVENT_FACTS,            /* slow facts of who can be had now           */
	EVENT_LOST,             /* some of the above were lost: list again    */
	EVENT_HOST,             /* a fact about the machine has a new value   */
	EVENT_FOCUS,            /* who has the attention of a person now      */
	EVENT_COMING,           /* who waits to run another program, held by the
	                           guard: guard.coming() tells which          */
	EVENT_TURNED,           /* a change that took its time is done:
	                           actuator.landed()                          */
	EVENT_MESSAGE,          /* a worker sent a message: wire.take() of the
	                           wire with worker.wire as its number        */
	EVENT_WORKER,           /* worker.alive says whether one came or went */
	EVENT_VISIT,            /* there is something new with a visitor of the
	                           gate: come, said, gone, or room to answer  */
	EVENT_RELOAD,           /* asked to read the rules again, or a file of
	                           theirs changed                             */
	EVENT_MADE,             /* the workshop is done with what it was given */
	EVENT_STOP,             /* asked to end; undo and leave               */
	EVENT_KINDS
};

#define STATUS_UNKNOWN (-1)

struct event {
	enum event_kind kind;
	uint64_t        at_ns;          /* monotonic, the kernel's own stamp
	                                   where it gives one                 */
	union {
		/* born may be 0; status is a wait status, of an EXIT, and
		 * STATUS_UNKNOWN where nobody tells it */
		struct { struct task_id who, parent; int status; } task;
		struct { struct task_id who; uint32_t ticket; } coming;
		struct { enum host_fact fact; bool unreadable;
		         int64_t value; } host;
		struct { uint32_t wire; bool alive; } worker;
		uint32_t visit;
		/* files: nobody asked, they changed; those of the user whose
		 * worker is on that wire, else the system's */
		struct { bool files; uint32_t wire; } reload;
	} u;
};

#endif
