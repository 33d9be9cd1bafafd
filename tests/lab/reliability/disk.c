/*
 * A disk that can lose, lie and fail, between a program and the system calls by which it writes.
 *
 * Of files in DISK_STORE an image is kept in DISK_IMAGE that has what was synced, and no more: writes, cuts
 * and removals wait in DISK_IMAGE/pending.NAME until fsync or fdatasync of their file (removals: of the
 * folder too). After a kill, the image is what a power cut leaves of a disk that keeps only flushed sectors;
 * disk.py lets some of what waits land, torn at sectors. The first octets of DISK_CONTROL, which is mapped, say
 * what goes wrong: [0] 0 nothing, 1 no space, 2 input/output error, 3 read-only; [1] not 0: syncs are a lie;
 * [2] milliseconds that a sync takes, in tens; the number at 4 counts faults, the one at 8 syncs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE = 1, CUT = 2, REMOVE = 3 };

struct step {
    struct step *next;
    uint32_t what;
    uint64_t at, length;
    unsigned char octets[];
};

struct file {
    struct file *next;
    char name[NAME_MAX + 1];
    struct step *first, **last;
    int log;
};

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static const char *store, *image;
static volatile unsigned char *control;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("DISK_CONTROL");
    store = getenv("DISK_STORE");
    image = getenv("DISK_IMAGE");
    int fd = path ? REAL(open)(path, O_RDWR) : -1;
    if (fd >= 0) {
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        control = page == MAP_FAILED ? NULL : page;
        close(fd);
    }
    if (!store || !control) {
        fprintf(stderr, "disk.c: DISK_STORE or DISK_CONTROL is missing\n");
        abort();
    }
}

/* The name inside the store's folder; NULL for other files and for SQLite's shared memory, which no disk keeps. */
static const char *inside(const char *path)
{
    size_t length = strlen(store);
    if (strncmp(path, store, length) != 0 || path[length] != '/')
        return NULL;
    const char *name = path + length + 1;
    size_t end = strlen(name);
    return end > 4 && strcmp(name + end - 4, "-shm") == 0 ? NULL : name;
}

static const char *of_descriptor(int fd, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0)
        return NULL;
    path[length] = 0;
    if (strcmp(path, store) == 0)
        return "";
    const char *name = inside(path);
    return name && strstr(name, " (deleted)") ? NULL : name;
}

static int fault(void)
{
    static const int errors[] = { 0, ENOSPC, EIO, EROFS };
    int number = control[0] <= 3 ? errors[control[0]] : EIO;
    if (number) {
        __sync_fetch_and_add((volatile uint32_t *)(control + 4), 1);
        errno = number;
    }
    return number;
}

static struct file *file(const char *name)
{
    char path[PATH_MAX];
    for (struct file *each = files; each; each = each->next)
        if (strcmp(each->name, name) == 0)
            return each;
    struct file *made = calloc(1, sizeof *made);
    snprintf(made->name, sizeof made->name, "%s", name);
    snprintf(path, sizeof path, "%s/pending.%s", image, name);
    made->log = REAL(open)(path, O_RDWR | O_CREAT | O_APPEND, 0644);
    made->last = &made->first;
    made->next = files;
    return files = made;
}

static void note(const char *name, uint32_t what, uint64_t at, const void *octets, uint64_t length)
{
    if (!image)
        return;
    struct file *of = file(name);
    uint64_t kept = octets ? length : 0;
    struct step *step = malloc(sizeof *step + kept);
    step->next = NULL;
    step->what = what;
    step->at = at;
    step->length = length;
    if (octets)
        memcpy(step->octets, octets, kept);
    *of->last = step;
    of->last = &step->next;
    uint64_t head[3] = { what, at, length };
    unsigned char *record = malloc(sizeof head + kept);
    memcpy(record, head, sizeof head);
    memcpy(record + sizeof head, step->octets, kept);
    if (REAL(write)(of->log, record, sizeof head + kept) < 0)
        abort();
    free(record);
}

/* Lets what waits of a file reach the image, up to its last removal if `removals` is all that is synced. */
static void land(struct file *of, int removals)
{
    char path[PATH_MAX];
    struct step *end = NULL;
    for (struct step *each = of->first; removals && each; each = each->next)
        if (each->what == REMOVE)
            end = each;
    if (removals && !end)
        return;
    snprintf(path, sizeof path, "%s/%s", image, of->name);
    int fd = -1, done = 0;
    for (struct step *each = of->first, *next; each && !done; each = next) {
        next = each->next;
        done = each == end;
        if (each->what == REMOVE) {
            if (fd >= 0)
                close(fd);
            fd = -1;
            REAL(unlink)(path);
        } else {
            if (fd < 0)
                fd = REAL(open)(path, O_RDWR | O_CREAT, 0644);
            if (fd < 0)
                abort();
            if (each->what == WRITE ? REAL(pwrite)(fd, each->octets, each->length, each->at) < 0
                                    : REAL(ftruncate)(fd, each->length) < 0)
                abort();
        }
        of->first = next;
        free(each);
    }
    if (fd < 0 && !removals)
        fd = REAL(open)(path, O_RDWR | O_CREAT, 0644);
    if (fd >= 0)
        close(fd);
    if (!of->first) {
        of->last = &of->first;
        if (REAL(ftruncate)(of->log, 0) < 0)
            abort();
    }
}

static int sync_of(int fd)
{
    char path[PATH_MAX];
    pthread_mutex_lock(&guard);
    const char *name = of_descriptor(fd, path);
    int failed = name && fault();
    if (name && !failed) {
        if (control[2])
            usleep(control[2] * 10000);
        __sync_fetch_and_add((volatile uint32_t *)(control + 8), 1);
        if (image && !control[1]) {
            if (*name)
                land(file(name), 0);
            else
                for (struct file *each = files; each; each = each->next)
                    land(each, 1);
        }
    }
    pthread_mutex_unlock(&guard);
    return failed ? -1 : name ? 1 : 0;
}

int fsync(int fd)
{
    int ours = sync_of(fd);
    return ours < 0 ? -1 : ours ? 0 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    int ours = sync_of(fd);
    return ours < 0 ? -1 : ours ? 0 : REAL(fdatasync)(fd);
}

static ssize_t put(int fd, const void *octets, size_t length, off64_t at, int whole)
{
    char path[PATH_MAX];
    pthread_mutex_lock(&guard);
    const char *name = of_descriptor(fd, path);
    name = name && *name ? name : NULL;
    ssize_t done = -1;
    if (!name || !fault()) {
        off64_t where = whole ? lseek64(fd, 0, SEEK_CUR) : at;
        done = whole ? REAL(write)(fd, octets, length) : REAL(pwrite64)(fd, octets, length, at);
        if (name && done > 0)
            note(name, WRITE, where, octets, done);
    }
    pthread_mutex_unlock(&guard);
    return done;
}

ssize_t write(int fd, const void *octets, size_t length)
{
    return fd <= 2 ? REAL(write)(fd, octets, length) : put(fd, octets, length, 0, 1);
}

ssize_t pwrite(int fd, const void *octets, size_t length, off_t at) { return put(fd, octets, length, at, 0); }

ssize_t pwrite64(int fd, const void *octets, size_t length, off64_t at) { return put(fd, octets, length, at, 0); }

int ftruncate64(int fd, off64_t length)
{
    char path[PATH_MAX];
    pthread_mutex_lock(&guard);
    const char *name = of_descriptor(fd, path);
    int result = name && *name && fault() ? -1 : REAL(ftruncate64)(fd, length);
    if (result == 0 && name && *name)
        note(name, CUT, 0, NULL, length);
    pthread_mutex_unlock(&guard);
    return result;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int unlink(const char *path)
{
    const char *name = inside(path);
    if (name && fault())
        return -1;
    int result = REAL(unlink)(path);
    if (result == 0 && name) {
        pthread_mutex_lock(&guard);
        note(name, REMOVE, 0, NULL, 0);
        pthread_mutex_unlock(&guard);
    }
    return result;
}

/* A file is renamed with all that waits of it; the image follows at once, as journalled file systems do with a synced file. */
int rename(const char *from, const char *to)
{
    const char *one = inside(from), *other = inside(to);
    if ((one || other) && fault())
        return -1;
    int result = REAL(rename)(from, to);
    if (result == 0 && one && other && image) {
        char a[PATH_MAX], b[PATH_MAX];
        pthread_mutex_lock(&guard);
        struct file *of = file(one);
        snprintf(a, sizeof a, "%s/%s", image, one);
        snprintf(b, sizeof b, "%s/%s", image, other);
        if (of->first)
            fprintf(stderr, "disk.c: %s is renamed before it was synced\n", one);
        else
            REAL(rename)(a, b);
        pthread_mutex_unlock(&guard);
    }
    return result;
}

static int opened(const char *path, int flags, int fd)
{
    const char *name = fd >= 0 && (flags & O_TRUNC) ? inside(path) : NULL;
    if (name) {
        pthread_mutex_lock(&guard);
        note(name, CUT, 0, NULL, 0);
        pthread_mutex_unlock(&guard);
    }
    return fd;
}

static int refused(const char *path, int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY && control[0] == 3 && inside(path) && fault();
}

#define MODE(flags, mode)                          \
    mode_t mode = 0;                               \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {       \
        va_list rest;                              \
        va_start(rest, flags);                     \
        mode = va_arg(rest, mode_t);               \
        va_end(rest);                              \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags, mode)
    return refused(path, flags) ? -1 : opened(path, flags, REAL(open)(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
    MODE(flags, mode)
    return refused(path, flags) ? -1 : opened(path, flags, REAL(open64)(path, flags, mode));
}
