/*
 * interruption.h - SIGINT, SIGTERM and SIGHUP, from the start of a command.
 *
 * The first signal sets a flag and wakes the waits of this program; the command ends in its own way, and
 * removes its temporary files. The second one ends the process at once. Signals are handled, not left to their
 * default action, because the first process of a container (PID 1) ignores every signal without a handler. The
 * flag is the process's: any thread may receive the signal.
 */
#ifndef BASE_INTERRUPTION_H
#define BASE_INTERRUPTION_H

#include <stdbool.h>
#include <stdint.h>

/* Handles the signals from now on. A SIGHUP that is ignored (nohup) stays ignored. */
void interruption_begin(void);
/* From now on the first signal ends the process, too: with 128 and its number, as shells show it. */
void interruption_end_at_once(void);
/* The same, at the end of the program: closes what waits were woken by. No thread waits any more. */
void interruption_close(void);
/*
 * From now on a signal leaves requests in flight alone. `notice`, a line, is written to standard error at the
 * first signal, if there was none yet; NULL: nothing.
 */
void interruption_spare_requests(const char *notice);

/* "interrupted by SIGTERM". NULL: no signal has come. */
const char *interruption_reason(void);
/* True: a signal has come, and requests in flight are to be ended. */
bool interruption_ends_requests(void);
/* For poll(): readable once a signal has come, and then forever. -1: signals are not handled. */
int interruption_descriptor(void);
/* False: a signal has come, before or during the pause. */
bool interruption_pause_ms(int64_t milliseconds);

#endif
