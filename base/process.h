/*
 * process.h - what this process is to the system, before it does anything.
 *
 * Its memory holds keys and session tokens: it writes no core and cannot be read by processes of the same user
 * (/proc/PID/mem, ptrace). It keeps no capabilities but those that reading settings and writing reports may
 * need. Builds with sanitizers leave that out, because LeakSanitizer traces its own process.
 *
 * Sources: prctl(2) PR_SET_DUMPABLE, core(5), capabilities(7).
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>

/*
 * Once, first of all, in the only thread. Descriptors 0 to 2 that are closed are opened on /dev/null, in the
 * mode in which reading input or writing output fails: the next file that is opened cannot become standard
 * error. A file that may not grow (RLIMIT_FSIZE) is a failed write, no signal. False: there is no /dev/null.
 */
bool process_prepare(void);

#endif
