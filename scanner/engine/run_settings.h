/*
 * run_settings.h - the settings that define a run, as text: a resumed run cannot change them, and shards have
 * them in common.
 */
#ifndef SCANNER_ENGINE_RUN_SETTINGS_H
#define SCANNER_ENGINE_RUN_SETTINGS_H

#include "base/buffer.h"
#include "scanner/engine/run.h"

/* The settings alone, as the store keeps them: controls and exceptions have tables of their own. */
void run_settings_write(const struct run_options *run, const struct organization *organizations, size_t count,
			struct buffer *text);
/* The same with controls and exceptions, as settings_fingerprint.h compares them. */
void run_settings_write_all(const char *settings, const struct run_options *run, struct buffer *text);

#endif
