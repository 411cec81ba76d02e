/*
 * network.h - prepares a process that will hold credentials and send requests.
 */
#ifndef SCANNER_COMMANDS_NETWORK_H
#define SCANNER_COMMANDS_NETWORK_H

/* To be called once, before any thread starts: initializes libcurl, ignores SIGPIPE, disables core dumps. */
void network_init(void);
void network_deinit(void);

#endif
