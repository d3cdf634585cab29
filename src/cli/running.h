/* cli/running.h - an exchange with its listener in this process, for serve and demo. */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include "api/server.h"
#include "cli/directory.h"

#include <signal.h>

struct running {
	struct arena arena;
	struct directory *directory;
	struct exchange *exchange;
	struct api_server *server;
	const char *url;         /* "https://127.0.0.1:8443" */
	const char *ca_file;     /* "" when the certificate is not ours */
	sigset_t signals;        /* SIGTERM, SIGINT, SIGHUP: blocked in all threads, waited for in running_wait() */
};

/* Everything up and listening; settings' strings must outlive it.  Whatever
 * comes of it, running_stop() cleans up. */
enum status running_start(struct running *running, const struct settings *settings, struct error *err);

/* Until SIGTERM or SIGINT; SIGHUP reloads the certificate.  E_IO when the store
 * halted: only a restart tells what is on disk. */
enum status running_wait(struct running *running, struct error *err);

void running_stop(struct running *running);

#endif
