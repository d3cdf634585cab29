/* Work on a range shared out among threads. */
#include "reconcile/engine_private.h"

#include <pthread.h>

struct share {
	void (*work)(void *context, size_t part, size_t from, size_t to);
	void *context;
	size_t part, from, to;
};

static void *run_share(void *context)
{
	struct share *s = context;

	s->work(s->context, s->part, s->from, s->to);
	return NULL;
}

void share_out(unsigned threads, size_t n, void (*work)(void *context, size_t part, size_t from, size_t to), void *context)
{
	struct share shares[THREADS_MAX];
	pthread_t started[THREADS_MAX];
	bool is_started[THREADS_MAX] = { false };
	size_t count = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;

	for (size_t t = 0; t < count; t++) {
		shares[t] = (struct share){ work, context, t, n / count * t + n % count * t / count,
					    n / count * (t + 1) + n % count * (t + 1) / count };
		is_started[t] = t > 0 && shares[t].from < shares[t].to &&
				pthread_create(&started[t], NULL, run_share, &shares[t]) == 0;
	}
	for (size_t t = 0; t < count; t++)
		if (!is_started[t] && shares[t].from < shares[t].to)
			run_share(&shares[t]);
	for (size_t t = 0; t < count; t++)
		if (is_started[t])
			pthread_join(started[t], NULL);
}
