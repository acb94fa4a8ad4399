/* limits.h -- every bound in the engine, in one place. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define PROCESSES_MAX       (1u << 16)  /* living rows in the process table   */
#define THREADS_MAX         (1u << 16)  /* thread rows                        */
#define LINEAGE_MAX           64        /* ancestors looked at                */
#define RULES_MAX           (1u << 15)  /* rules in one generation            */
#define TAGS_MAX             256        /* tags in one generation             */
#define CLAIMS_PER_TASK       64        /* rules that may speak about a task  */
#define CAPS_PER_TASK         32        /* caps that may bound one task       */
#define EVENTS_PER_STEP      256        /* read before moving on              */
#define QUEUE_MAX           1024        /* events of all sensors in line      */
#define QUEUE_RESERVED        64        /* of them, kept from the connector   */
#define CPU_LIST_MAX        4096        /* a list of CPUs as the kernel writes it */
#define HIERARCHIES_MAX       16        /* of control groups, that are mounted    */
#define KEPT_AFFINITIES_MAX  256        /* threads whose affinity outlives a move */
#define UEVENTS_MAX           64        /* of power supplies, read in one go  */
#define LEADERLESS_MAX        64        /* processes that outlived their main
                                           thread; beyond, its end is theirs  */
#define MEMORY_GROUPS_MAX     48        /* control groups whose memory is watched */
#define PAGE_FAULT_CPUS_MAX  512        /* counters of page faults            */
#define HOST_BOUNDS_MAX       64        /* of the matches on one host fact    */
#define USERS_MAX           8192        /* names remembered; then all are
                                           forgotten                          */
#define USER_VOICES_MAX       32        /* users whose own rules are asked    */
#define LEASES_OF_USER_MAX  1024        /* of one of them                     */
#define MEMO_OF_USER_MAX     512
#define SWEEP_PER_STEP        64        /* tasks of a sweep judged in a step  */
#define BELOW_MAX            256        /* of whose ancestors something changed,
                                           judged one by one; of more all are */
#define KIN_MAX               32        /* processes whose threads are being
                                           judged                             */
#define HURRIED_MAX         1024        /* tasks with what no rule wants any
                                           more, that other rules are asked
                                           about before all                   */
#define LIMITED_MAX       (1u << 13)    /* tasks whose changes are counted    */
#define LEASES_MAX        (1u << 16)    /* wants that outlive their cause or
                                           reach others                       */
#define QUESTIONS_MAX       1024        /* asked and not yet answered         */
#define QUESTION_CPU_FREE_NS 250000     /* what it costs to be asked at all   */
#define PACK_CPU_BURST_NS 50000000      /* beyond that, of one file's functions */
#define PACK_CPU_A_SECOND_NS 20000000   /* and what drips in again            */
#define ASKERS_PER_QUESTION   64        /* tasks waiting for one answer       */
#define MEMO_MAX            8192        /* remembered answers                 */
#define HOLDS_MAX         (1u << 18)    /* origins kept: task times setting   */
#define SLACKS_MAX           256        /* real-time by us, with a slack for
                                           afterwards                         */
#define LATELY_MAX          1024        /* turns of knobs, while news of births
                                           is on its way                      */
#define FORMERS_MAX         1024        /* the same, of those who outlive us  */
#define ENV_PER_SELECTOR      16        /* variables that one selector names  */
#define HANDLED_TASKS_MAX    256        /* sent along to one handler          */
#define ACTIONS_MAX          256        /* in one answer of a handler         */
#define STATES_MAX           256        /* shared tables of all files         */
#define STATE_KEEP_MAX     (16u << 10) /* one shared table, written down     */
#define HANDLE_BYTES_MAX    (1u << 20)  /* one question to a handler          */
#define STATES_PER_FILE       16        /* tables that one file's rules share */
#define RULE_OPTIONS_MAX      64        /* that pqs.yaml gives values         */
#define OPTION_NAME_MAX       96        /* with NUL                           */
#define OPTION_VALUE_MAX     128        /* the same                           */
#define POOLS_MAX            256        /* pools in one generation            */
#define OWN_GROUPS_MAX      1024        /* groups of ours at once             */
#define SPAN_NS_MAX (UINT64_C(7) * 86400 * 1000000000)  /* lasting, keep, and
                                           timers: a week                     */
#define TIMER_NS_MIN UINT64_C(1000000000)       /* of a handler               */
#define MINUTES_OF_DAY      1440
#define SELECTOR_DEPTH         8        /* selectors inside each other        */
#define EXPANSIONS_MAX       256        /* of the braces in one pattern       */
#define IMAGE_NAMES_MAX   (1u << 20)    /* alternatives of all matches; one
                                           that many share counts for each    */
#define MATCH_STEPS_MAX   (1u << 20)    /* comparisons for one task           */
#define REGEXES_MAX          256        /* different patterns of a generation */
#define REGEX_BYTES_MAX     1024        /* of one pattern                     */
#define REGEX_COMPILED_MAX (32u << 10)  /* bytes that it becomes              */
#define REGEX_PARENS_MAX      32        /* groups inside each other           */
#define REGEX_STEPS_MAX   (1u << 14)    /* items tried in one search          */
#define REGEX_TRIES_MAX   (1u << 16)    /* ways tried from one place, and how
                                           deep inside each other             */
#define REGEX_HEAP_KIB_MAX  1024        /* to remember them in                */
#define DOUBT_STEPS_MAX   (1u << 25)    /* comparisons of rules with rules, in a
                                           strict check                       */
#define UNIT_NAME_MAX        256        /* with NUL, as systemd bounds it     */
#define UNITS_MAX            256        /* units with a setting of ours       */
#define UNIT_CALL_MS        2000        /* for systemd to answer              */
#define UNDER_WAY_MAX        512        /* changes that take their time       */
#define FIGHTS_MAX          4096        /* tasks that are looked at for others'
                                           writes                             */
/* As often as facts that drift are looked at; and what two writers come to who
 * never give in. */
#define FIGHT_SAMPLE_NS   UINT64_C(1000000000)
#define FIGHT_WAIT_NS_MAX (256 * FIGHT_SAMPLE_NS)
#define FIGHT_QUIET_WAITS      4        /* without the other one it is over   */
#define DUTIES_MAX           256        /* processes limited by stopping them */
#define STOP_THREADS_MAX     256        /* asked whether one of them stands
                                           still                              */
#define SWING_PERCENT         10        /* past its bound a threshold is
                                           released                           */
#define STANDING_MAX      (1u << 16)    /* since when what holds, of all tasks */
#define GENERATIONS_KEPT       3        /* the last good ones                 */
#define RELOADS_OVERTAKEN_MAX  3        /* in a row, by newer ones; the next
                                           is seen through first              */
#define REREADS_MAX            3        /* of files that change meanwhile     */
#define WATCHES_MAX         8192        /* folders and files of rules         */
#define DIFFERENCES_MAX     1024        /* told of one comparison             */
#define COMPARED_PER_STEP     16        /* tasks, by a generation to come     */
#define REFUSAL_BYTES_MAX   8192        /* why a generation was refused       */
#define WORKERS_MAX          128        /* of one keeper, the ending included */
#define WORKER_PAUSES_MAX     64        /* times the first pause              */
#define CONFIG_FOLDERS_MAX    16        /* folders of one layer               */
#define INTERNED_MAX        4096        /* different sets of CPUs, and names  */
#define INTERNED_NAME_MAX     64        /* one name, without NUL              */
#define INTERNED_NAMES_MAX    64        /* names in one list                  */
#define GROUP_TEXT_MAX      1024        /* where a task is among the groups of
                                           the system, with NUL               */
#define ENV_NAMES_MAX         64        /* environment variables that rules
                                           spell out                          */
#define SLOW_READS_MAX      1024        /* tasks whose slow facts are awaited */

#define GUARD_FILES_MAX     1024        /* programs held at their start       */
#define GUARD_PENDING_MAX    256        /* held at once; more are let go      */
#define GUARD_AGAIN_MAX       64        /* paths that wait for another look   */
#define VISITS_MAX            64        /* at the control socket at once      */
#define VISITS_OF_UID_MAX     16        /* of one user                        */
#define VISITS_RESERVED       16        /* of them, kept for root and for the
                                           user whom pqs runs as              */
#define VISIT_LINE_MAX      8192        /* one line that a visitor says       */
#define VISIT_ROOM         32768        /* bytes that wait for one to read    */
#define VISIT_ROW_MAX       8192        /* one line of an answer              */
#define VISIT_ROWS_PER_STEP   16        /* of a long one, before moving on    */
#define VISIT_IDLE_NS UINT64_C(10000000000)     /* without a whole line from who
                                           was answered: too long             */
#define VISIT_STALL_NS UINT64_C(30000000000)    /* without reading what it was
                                           sent                               */
#define KEPT_BYTES_MAX     (256u << 10) /* of an answer that is made at once  */
#define SETS_OF_USERS_MAX    256        /* different sets of CPUs that users may
                                           set by hand, and that many in their
                                           rules                              */
#define LOG_RING_BYTES     (256u << 10) /* of the log, on the way to its file */
#define DECISIONS_MAX       1024        /* changes and notes kept in memory   */
#define JSON_FIELDS_MAX       64        /* in one object that is read         */

#define COMM_MAX              16        /* the kernel's own bound, with NUL   */
#define NAME_KEEP            256        /* a program's file name, with NUL    */
#define PATH_KEEP            512        /* exe and cgroup, with NUL           */
#define ARGS_KEEP           4096        /* bytes of a command line            */
#define ENV_READ_MAX      (256u << 10)  /* bytes of an environment looked at  */
#define ENV_KEEP            4096        /* of them, kept; with more it is not
                                           to be had                          */
#define TEXT_MAX            4096        /* one text in a rule                 */
#define VALUE_TEXT_MAX       192        /* one setting's value, printed       */

#define IMAGE_BYTES_MAX     (64u << 20) /* an image that a worker delivers    */
#define MESSAGE_BYTES_MAX   (64u << 20) /* one message on the wire            */
#define USER_MESSAGE_BYTES_MAX (2u << 20)       /* from a user's worker, whose
                                           image is no larger                 */
#define USER_RULE_FILES_MAX  256
#define MESSAGE_WORD_BYTES    16        /* no image is as short               */
#define ANSWER_BYTES_MAX   (512u << 10) /* one answer                         */
#define RULE_FILE_MAX       (256u << 10)/* one rule file                      */
#define RULE_FILES_MAX      4096        /* files in one generation            */
#define FOLDER_DEPTH_MAX      32        /* of folders with rule files         */
#define CONFIG_FILE_MAX     (256u << 10)
#define JOURNAL_BYTES_MAX   (64u << 20) /* compacted well before              */
#define STRUCK_MAX           512        /* records that are changed where they
                                           stand, for want of room            */

#endif
