/*
 * process.h - hardens this process before it does anything else; its name.
 *
 * The memory holds credentials, so the process writes no core dump and other processes of the same user
 * cannot read it (/proc/PID/mem, ptrace). It drops all capabilities except those that reading settings and
 * writing reports may need. Builds with sanitizers skip this, because LeakSanitizer traces its own process.
 *
 * Sources: prctl(2) PR_SET_DUMPABLE, core(5), capabilities(7).
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>

/*
 * To be called once, before any thread starts. Closed descriptors 0 to 2 are opened on /dev/null, in the mode
 * in which the expected reads or writes fail: otherwise the next file that is opened would become standard
 * error. A write beyond RLIMIT_FSIZE fails instead of raising a signal. False: /dev/null cannot be opened.
 */
bool process_prepare(void);

/*
 * The program in a command for the reader: as it was called, if that was by a relative path, which may not be
 * in $PATH; otherwise "neptune-scan".
 */
const char *process_command(void);

#endif
