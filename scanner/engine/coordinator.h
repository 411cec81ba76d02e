/*
 * coordinator.h - one organization: accounts -> sessions -> cells -> matrix.
 *
 * The one thread that owns the matrix. Discovery, role assumption and scanning overlap: the first cell is
 * scanned while the organization is still being listed. Accounts are entered no faster than their cells are
 * scanned, so that neither memory nor the age of a session grows with the organization.
 */
#ifndef SCANNER_ENGINE_COORDINATOR_H
#define SCANNER_ENGINE_COORDINATOR_H

#include "scanner/engine/resume.h"

/* Scans one organization into the run's matrix. False: it could not. */
bool coordinator_scan(struct scan_run *run, const struct organization *organization, struct error *error);

#endif
