/*
 * control_json.h - a control as one JSON object: its table and its text.
 */
#ifndef SCANNER_COMMANDS_CONTROL_JSON_H
#define SCANNER_COMMANDS_CONTROL_JSON_H

#include <jansson.h>

#include "scanner/controls/controls.h"

/* Texts are Markdown. */
json_t *control_json(const struct control *control);

#endif
