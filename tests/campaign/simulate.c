/* simulate.c -- plays many seeds, each in a process of its own, and says which
 * of them broke something. */

#include <getopt.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "campaign.h"

#define AGAIN_EVERY   8         /* seeds: then one is played twice            */
#define SECONDS_MAX   120       /* of one seed                                */
#define PLANT_SEEDS   40

struct totals {
	uint64_t seeds, broken, turned, deaths, undone, given_up, steps;
};

struct order {
	uint64_t   first, seeds;
	unsigned   jobs;
	enum plant plant;
	bool       wild, verbose;
};

static const char *const plant_names[PLANTS] = {
#define PLANT(name, text) [PLANT_##name] = #name,
#include "plant.def"
#undef PLANT
};

static const char *const plant_texts[PLANTS] = {
#define PLANT(name, text) [PLANT_##name] = text,
#include "plant.def"
#undef PLANT
};

static void add(struct totals *t)
{
	__atomic_add_fetch(&t->turned, play.turned, __ATOMIC_RELAXED);
	__atomic_add_fetch(&t->deaths, play.deaths, __ATOMIC_RELAXED);
	__atomic_add_fetch(&t->undone, play.undone, __ATOMIC_RELAXED);
	__atomic_add_fetch(&t->given_up, play.given_up, __ATOMIC_RELAXED);
	__atomic_add_fetch(&t->steps, play.step, __ATOMIC_RELAXED);
}

static void play_once(const struct order *o, uint64_t seed, struct totals *t)
{
	bool     twice = seed % AGAIN_EVERY == 0 || o->plant == PLANT_chance;
	uint64_t sum;

	alarm(SECONDS_MAX);
	play_seed(seed, o->plant, o->wild, o->verbose);
	sum = play.trace_sum;
	add(t);
	if (twice && !o->verbose) {
		play_seed(seed, o->plant, o->wild, false);
		if (play.trace_sum != sum)
			broken("two runs of it are not the same");
	}
	_exit(0);
}

/* A planted mistake is noticed in silence. */
static bool holds(const struct order *o, uint64_t seed, struct totals *t)
{
	pid_t child;
	int   status;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (o->plant != PLANT_NONE && !o->verbose &&
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(2);
		play_once(o, seed, t);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("simulate");
		exit(2);
	}
	if (WIFSIGNALED(status) && o->plant == PLANT_NONE)
		fprintf(stderr, "seed %llu: it died of signal %d\n",
		        (unsigned long long)seed, WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void work(const struct order *o, unsigned job, struct totals *t)
{
	for (uint64_t i = job; i < o->seeds; i += o->jobs) {
		if (!holds(o, o->first + i, t))
			__atomic_add_fetch(&t->broken, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&t->seeds, 1, __ATOMIC_RELAXED);
	}
}

static struct totals *totals_new(void)
{
	void *at = mmap(NULL, sizeof(struct totals), PROT_READ | PROT_WRITE,
	                MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED) {
		perror("simulate");
		exit(2);
	}
	return at;
}

static uint64_t play_all(const struct order *o)
{
	struct totals  *t = totals_new();
	struct timespec from, to;
	double          seconds;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (unsigned j = 1; j < o->jobs; j++)
		if (fork() == 0) {
			work(o, j, t);
			_exit(0);
		}
	work(o, 0, t);
	while (wait(NULL) > 0)
		continue;
	clock_gettime(CLOCK_MONOTONIC, &to);
	seconds = (double)(to.tv_sec - from.tv_sec) +
	          (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	printf("%llu seeds from %llu, %llu broken; %llu steps, %llu knobs "
	       "turned, %llu deaths, %llu times given up, %llu undone; %.1f s, "
	       "%.1f seeds/s\n", (unsigned long long)t->seeds,
	       (unsigned long long)o->first, (unsigned long long)t->broken,
	       (unsigned long long)t->steps, (unsigned long long)t->turned,
	       (unsigned long long)t->deaths, (unsigned long long)t->given_up,
	       (unsigned long long)t->undone, seconds,
	       (double)t->seeds / seconds);
	return t->broken;
}

/* How many of the mistakes were not noticed. */
static int plants_noticed(struct order o)
{
	int missed = 0;

	for (int p = PLANT_NONE + 1; p < PLANTS; p++) {
		struct totals *t = totals_new();
		uint64_t       seed = 1;

		o.plant = (enum plant)p;
		while (seed <= PLANT_SEEDS && holds(&o, seed, t))
			seed++;
		if (seed <= PLANT_SEEDS)
			printf("noticed by seed %llu: %s\n",
			       (unsigned long long)seed, plant_texts[p]);
		else
			printf("not noticed: %s\n", plant_texts[p]);
		missed += seed > PLANT_SEEDS;
	}
	return missed;
}

static enum plant plant_find(const char *name)
{
	for (int p = PLANT_NONE + 1; p < PLANTS; p++)
		if (strcmp(plant_names[p], name) == 0)
			return (enum plant)p;
	fprintf(stderr, "simulate: no such mistake: %s\n", name);
	exit(2);
}

static void usage(void)
{
	fprintf(stderr, "usage: simulate [--seeds N] [--first N] [--jobs N] "
	        "[--tame] [--plants]\n       simulate --seed N [--trace] "
	        "[--tame] [--plant NAME]\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seeds", 1, NULL, 's' }, { "first", 1, NULL, 'f' },
		{ "jobs", 1, NULL, 'j' },  { "seed", 1, NULL, 'o' },
		{ "trace", 0, NULL, 't' }, { "plant", 1, NULL, 'p' },
		{ "plants", 0, NULL, 'a' }, { "tame", 0, NULL, 'w' }, { NULL, 0, NULL, 0 },
	};
	struct order o = { .first = 1, .seeds = 200, .wild = true };
	bool         plants = false;
	int          c;
	long         cores = sysconf(_SC_NPROCESSORS_ONLN);

	o.jobs = cores > 0 ? (unsigned)cores : 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 's': o.seeds = strtoull(optarg, NULL, 10); break;
		case 'f': o.first = strtoull(optarg, NULL, 10); break;
		case 'j': o.jobs = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'o':
			o.first = strtoull(optarg, NULL, 10);
			o.seeds = o.jobs = 1;
			break;
		case 'w': o.wild = false; break;
		case 't': o.verbose = true; break;
		case 'p': o.plant = plant_find(optarg); break;
		case 'a': plants = true; break;
		default:  usage();
		}
	if (o.jobs == 0 || optind != argc)
		usage();
	if (plants)
		return plants_noticed(o) != 0;
	return play_all(&o) != 0;
}
