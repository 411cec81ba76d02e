/*
 * network.h - what a process is prepared with that will hold keys and talk to AWS.
 */
#ifndef SCANNER_COMMANDS_NETWORK_H
#define SCANNER_COMMANDS_NETWORK_H

/* Once, before the first thread: libcurl is set up, a connection that ends is no signal, no core dump is
 * written. */
void network_init(void);
void network_deinit(void);

#endif
