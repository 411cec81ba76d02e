/*
 * control_text.h - what people need to know of a control: text/ID.md, part by part, and the whole as one
 * document.
 *
 * The text holds what the control's own table does not: profile level, description, impact, default value,
 * prerequisites, audit, implementation, backout, references and the requirements of frameworks.
 */
#ifndef SCANNER_CONTROLS_CONTROL_TEXT_H
#define SCANNER_CONTROLS_CONTROL_TEXT_H

#include "base/buffer.h"
#include "base/span.h"
#include "scanner/controls/controls.h"

/* In the order of the text. */
enum control_part {
	CONTROL_PROFILE_LEVEL,
	CONTROL_DESCRIPTION,
	CONTROL_RATIONALE,
	CONTROL_BENEFITS,
	CONTROL_COSTS,
	CONTROL_DEFAULT_VALUE,
	CONTROL_AUDIT_PERMISSIONS,
	CONTROL_IMPLEMENTATION_PERMISSIONS,
	CONTROL_AUDIT_CONSOLE,
	CONTROL_AUDIT_CLI,
	CONTROL_IMPLEMENTATION_CONSOLE,
	CONTROL_IMPLEMENTATION_CLI,
	CONTROL_IMPLEMENTATION_PLAN,
	CONTROL_BACKOUT,
	CONTROL_REFERENCES,
	CONTROL_FRAMEWORKS,
	CONTROL_PARTS,
};

/* Its Markdown, without the heading. Absent: a control of an older version, which has no text any more. */
struct span control_part(const struct control *control, enum control_part part);

/* "3", of the text's "Level 3. ..."; 0: it has no text. */
int control_profile_level(const struct control *control);

/*
 * All that is known of a control as Markdown, without a title: its sections are headings of `level`, their
 * parts of the next one. Nothing for a control without a text.
 */
void control_document(const struct control *control, int level, struct buffer *document);

#endif
