/*
 * file.h - reads the INI file.
 *
 * inih parses it: [section], key = value, comments after ; or at the start of a line after #; a long list
 * continues in indented lines. Every problem is collected, with its line.
 */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "base/diagnostics.h"
#include "config/settings.h"

/* A missing or unreadable file is a problem, too. */
void file_read(struct config *config, const char *path, struct diagnostics *diagnostics);

#endif
