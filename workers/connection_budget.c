#include "workers/connection_budget.h"

enum { LOWER_AFTER_US = 100000, RAISE_AFTER_US = 500000, RAISE_SHARE = 32 };

void connection_budget_init(struct connection_budget *budget, size_t max, size_t workers, size_t exchanges)
{
	*budget = (struct connection_budget){.workers = workers, .max = max, .exchanges = exchanges};
	atomic_init(&budget->allowed, max);
}

size_t connection_budget_share(const struct connection_budget *budget, size_t exchanges)
{
	size_t share =
		atomic_load_explicit(&budget->allowed, memory_order_relaxed) * exchanges / budget->exchanges;

	return share > 0 ? share : 1;
}

void connection_budget_opened(struct connection_budget *budget)
{
	atomic_fetch_add_explicit(&budget->open, 1, memory_order_relaxed);
}

void connection_budget_closed(struct connection_budget *budget)
{
	atomic_fetch_sub_explicit(&budget->open, 1, memory_order_relaxed);
}

int64_t connection_budget_proxied_us(const struct connection_budget *budget)
{
	return atomic_load_explicit(&budget->proxied_us, memory_order_relaxed);
}

void connection_budget_note_proxy(struct connection_budget *budget, int64_t now_us)
{
	atomic_store_explicit(&budget->proxied_us, now_us, memory_order_relaxed);
}

/* True: the caller alone makes the change that is due after `pause_us`. */
static bool takes_turn(struct connection_budget *budget, int64_t now_us, int64_t pause_us)
{
	int_fast64_t at_us = atomic_load_explicit(&budget->at_us, memory_order_relaxed);

	return (at_us == 0 || now_us - at_us >= pause_us) &&
	       atomic_compare_exchange_strong(&budget->at_us, &at_us, now_us);
}

void connection_budget_lower(struct connection_budget *budget, int64_t now_us)
{
	size_t allowed = atomic_load(&budget->allowed), fewer = atomic_load(&budget->open);

	fewer = fewer < allowed ? fewer : allowed - 1;
	if (takes_turn(budget, now_us, LOWER_AFTER_US)) {
		atomic_store(&budget->least, fewer / 2 > budget->workers ? fewer / 2 : budget->workers);
		atomic_fetch_add(&budget->lowered, 1);
	}
	if (fewer < atomic_load(&budget->least))
		fewer = atomic_load(&budget->least);
	if (fewer < allowed)
		atomic_store(&budget->allowed, fewer);
}

void connection_budget_tick(struct connection_budget *budget, int64_t now_us)
{
	size_t allowed = atomic_load_explicit(&budget->allowed, memory_order_relaxed), raised;

	if (allowed >= budget->max || !takes_turn(budget, now_us, RAISE_AFTER_US))
		return;
	raised = allowed + allowed / RAISE_SHARE + 1;
	atomic_store(&budget->allowed, raised < budget->max ? raised : budget->max);
}
