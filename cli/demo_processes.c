#include "cli/demo_processes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/lines.h"

enum { POLL_MS = 10, END_MS = 3000, LOG_MAX = 16 * 1024 * 1024 };

void
pause_ms(unsigned ms)
{
    const struct timespec pause = { ms / 1000, (long)(ms % 1000) * 1000000L };

    nanosleep(&pause, NULL);
}

static bool
executable_folder(char folder[256])
{
    ssize_t len = readlink("/proc/self/exe", folder, 255);

    if (len <= 0)
        return false;
    folder[len] = 0;
    *strrchr(folder, '/') = 0;
    return true;
}

enum err
find_program(char path[512], const char *name, struct why *why)
{
    char folder[256];

    if (!executable_folder(folder))
        return because(why, ERR_IO, "this executable cannot be found: %s", strerror(errno));
    snprintf(path, 512, "%s/%s", folder, name);
    if (!file_exists(path))
        return because(why, ERR_NOT_FOUND, "%s is not there: build everything first", path);
    return ERR_OK;
}

/* Without "..", as a person would write it. */
static enum err
tidy(char path[512], struct why *why)
{
    char *whole = realpath(path, NULL);
    int len = whole == NULL ? -1 : snprintf(path, 512, "%s", whole);

    free(whole);
    return len >= 0 && len < 512 ? ERR_OK
                                 : because(why, ERR_IO, "%s: %s", path, strerror(errno));
}

enum err
find_shared(char path[512], const char *name, struct why *why)
{
    static const char *const places[] = { "../share/kith", "../.." };
    char folder[256];

    if (!executable_folder(folder))
        return because(why, ERR_IO, "this executable cannot be found: %s", strerror(errno));
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, 512, "%s/%s/%s", folder, places[i], name);
        if (file_exists(path))
            return tidy(path, why);
    }
    return because(why, ERR_NOT_FOUND, "%s is neither in %s/../share/kith nor in %s/../..",
                   name, folder, folder);
}

/* What we ignore is not for the new program to ignore. */
static void
reset_signals(void)
{
    sigset_t none;

    signal(SIGPIPE, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Whatever becomes of the demonstration, be it SIGKILL, its children end.  It may have ended
   before we asked for that: then our parent is another one already. */
static void
end_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        _exit(127);
}

/* In the child: nothing but system calls until the new program runs. */
static void
become(const char *program, const char *configuration, const char *log, pid_t parent)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int in = open("/dev/null", O_RDONLY);

    reset_signals();
    end_with(parent);
    setpgid(0, 0); /* Ctrl-C is for the demonstration, which ends its children itself */
    if (out >= 0 && in >= 0) {
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
        execl(program, program, configuration, (char *)NULL);
    }
    _exit(127);
}

enum err
process_start(struct process *process, const char *name, const char *program,
              const char *configuration, const char *log, struct why *why)
{
    pid_t parent = getpid();

    snprintf(process->name, sizeof(process->name), "%s", name);
    snprintf(process->log, sizeof(process->log), "%s", log);
    process->pid = fork();
    if (process->pid == 0)
        become(program, configuration, log, parent);
    if (process->pid < 0)
        return because(why, ERR_IO, "%s cannot be started: %s", program, strerror(errno));
    return ERR_OK;
}

static void
last_line_of(char line[300], const char *log)
{
    struct buffer text;
    struct lines lines;
    struct bytes each;

    line[0] = 0;
    buffer_init(&text, LOG_MAX);
    if (file_read(&text, log, NULL) == ERR_OK) {
        lines = lines_of(buffer_bytes(&text));
        while (lines_next(&lines, &each))
            if (each.len > 0)
                snprintf(line, 300, "%.*s", (int)(each.len < 299 ? each.len : 299),
                         (const char *)each.data);
    }
    buffer_clear(&text);
}

enum err
process_check(struct process *process, struct why *why)
{
    char line[300];
    int status;

    if (process->pid == 0)
        return because(why, ERR_NOT_FOUND, "%s is not running", process->name);
    if (waitpid(process->pid, &status, WNOHANG) != process->pid)
        return ERR_OK;
    process->pid = 0;
    last_line_of(line, process->log);
    return because(why, ERR_IO, "%s has ended: %s (see %s)", process->name, line, process->log);
}

void
process_end(struct process *process)
{
    int status;

    if (process->pid == 0)
        return;
    kill(process->pid, SIGTERM);
    for (unsigned waited = 0; waited < END_MS; waited += POLL_MS) {
        if (waitpid(process->pid, &status, WNOHANG) == process->pid) {
            process->pid = 0;
            return;
        }
        pause_ms(POLL_MS);
    }
    kill(process->pid, SIGKILL);
    waitpid(process->pid, &status, 0);
    process->pid = 0;
}

enum err
process_await(struct process *process, bool (*ready)(const void *context), const void *context,
              unsigned ms, struct why *why)
{
    enum err err;

    for (unsigned waited = 0; waited <= ms; waited += POLL_MS) {
        if (ready(context))
            return ERR_OK;
        if ((err = process_check(process, why)))
            return err;
        pause_ms(POLL_MS);
    }
    return because(why, ERR_IO, "%s was not ready within %u seconds (see %s)", process->name,
                   ms / 1000, process->log);
}
