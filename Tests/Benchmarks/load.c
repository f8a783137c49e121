// A load generator for benchmarks: one thread, epoll, plain HTTP/1.1.
//
//   load PORT KEY small   CONNECTIONS SECONDS          whole answers, one call after the other on each connection
//   load PORT KEY paced   STREAMS PACE_MS SECONDS      streams with a chunk every PACE_MS
//   load PORT KEY burst   STREAMS CHUNKS SECONDS       streams as fast as they come, one after the other
//   load PORT KEY first   CALLS                        time to the first event, one call at a time
//   load PORT KEY hold    STREAMS                      opens streams, says «holding», keeps them until standard input ends
//
// Calls are in Chat's words, or in those of the dialect that LOAD_DIALECT names: messages, responses or gemini.
// Prints one line of JSON. An answer that is not 200, or that ends too early, is an error.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct conn {
    int fd, have, sent_all, chunks, dead;
    int64_t began;
    char buf[65536];
};

static int ep, port, streaming;
static char request[2048];
static int request_len;
// What stands before the text of a chunk, and what ends a stream.
static const char *marker = "\"content\":\"", *ending = "[DONE]";
static int marker_len = 11, ending_len = 6;
static long calls, errors, chunks;
// Streams that have brought their first chunk.
static long begun;
static uint32_t *samples;
static long sample_count, sample_room;
static struct sockaddr_in address;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sample(int64_t ns) {
    if (sample_count == sample_room) {
        sample_room = sample_room ? sample_room * 2 : 65536;
        samples = realloc(samples, sample_room * sizeof *samples);
    }
    samples[sample_count++] = ns < 0 ? 0 : (uint32_t)(ns / 1000);
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t at(double share) {
    return sample_count ? samples[(long)((sample_count - 1) * share)] : 0;
}

static void send_request(struct conn *c) {
    c->have = 0;
    c->chunks = 0;
    c->began = now_ns();
    if (send(c->fd, request, request_len, MSG_NOSIGNAL) != request_len) c->dead = 1;
}

static int open_conn(struct conn *c) {
    int one = 1;
    memset(c, 0, offsetof(struct conn, buf));
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (void *)&address, sizeof address)) {
        close(c->fd);
        c->fd = -1;
        return -1;
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event e = {EPOLLIN, {.ptr = c}};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
    return 0;
}

static void reopen(struct conn *c) {
    errors++;
    close(c->fd);
    if (!open_conn(c)) send_request(c);
}

// Whole answers: answers 1 when one is complete.
static int whole(struct conn *c) {
    ssize_t n = recv(c->fd, c->buf + c->have, sizeof c->buf - 1 - c->have, 0);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) return -1;
    c->have += n;
    c->buf[c->have] = 0;
    char *end = strstr(c->buf, "\r\n\r\n");
    if (!end) return 0;
    char *length = strcasestr(c->buf, "content-length:");
    if (strncmp(c->buf, "HTTP/1.1 200", 12) || !length) return -1;
    return c->have >= end + 4 - c->buf + atoi(length + 15);
}

// Streams: counts events by the time that each carries; answers 1 at the end.
static int events(struct conn *c, int measures) {
    int done = 0;
    for (;;) {
        ssize_t n = recv(c->fd, c->buf + c->have, sizeof c->buf - 1 - c->have, 0);
        if (n < 0 && errno == EAGAIN) return done;
        if (n <= 0) return -1;
        c->have += n;
        c->buf[c->have] = 0;
        if (!c->chunks && c->have >= 12 && strncmp(c->buf, "HTTP/1.1 200", 12) && !c->sent_all) return -1;
        c->sent_all = 1;
        char *p = c->buf, *found;
        int64_t now = measures ? now_ns() : 0;
        while ((found = strstr(p, marker))) {
            if (found + marker_len + 20 > c->buf + c->have) break;
            if (measures == 2 && !c->chunks) sample(now - c->began);
            if (measures == 1) sample(now - strtoll(found + marker_len, NULL, 10));
            if (!c->chunks++) begun++;
            chunks++;
            p = found + marker_len + 20;
        }
        if ((found = strstr(p, ending))) {
            done = 1;
            p = found + ending_len;
        }
        // What may be the beginning of an event stays.
        int left = c->buf + c->have - p;
        if (left > 400) {
            p = c->buf + c->have - 400;
            left = 400;
        }
        memmove(c->buf, p, left);
        c->have = left;
    }
}

static void say(double seconds) {
    qsort(samples, sample_count, sizeof *samples, by_size);
    printf("{\"calls\":%ld,\"errors\":%ld,\"chunks\":%ld,\"seconds\":%.3f,\"p50_us\":%u,\"p99_us\":%u}\n", calls, errors,
           chunks, seconds, at(0.5), at(0.99));
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc < 5) return fputs("load PORT KEY MODE …: see the head of load.c\n", stderr), 2;
    signal(SIGPIPE, SIG_IGN);
    struct rlimit r = {200000, 200000};
    setrlimit(RLIMIT_NOFILE, &r);
    port = atoi(argv[1]);
    const char *mode = argv[3];
    int count = atoi(argv[4]), second = argc > 5 ? atoi(argv[5]) : 0;
    int seconds = !strcmp(mode, "small") ? second : argc > 6 ? atoi(argv[6]) : 0;
    streaming = strcmp(mode, "small") != 0;
    char shape[64] = "x", body[512];
    if (!strcmp(mode, "paced")) snprintf(shape, sizeof shape, "chunks=1000000,pace=%d", second);
    if (!strcmp(mode, "burst")) snprintf(shape, sizeof shape, "chunks=%d,pace=0", second);
    if (!strcmp(mode, "first")) snprintf(shape, sizeof shape, "chunks=2,pace=1");
    if (!strcmp(mode, "hold")) snprintf(shape, sizeof shape, "chunks=1000000,pace=900");
    char path[128] = "/v1/chat/completions";
    const char *dialect = getenv("LOAD_DIALECT");
    int length;
    if (!dialect) {
        length = snprintf(body, sizeof body,
                          "{\"model\":\"bench\",\"messages\":[{\"role\":\"user\",\"content\":\"What is two and two?\"}],"
                          "\"user\":\"%s\"%s}",
                          shape, streaming ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "");
    } else {
        // What it is called in this dialect; the shape is what the user says, because it comes through in every one.
        const char *rest, *format;
        if (!strcmp(dialect, "messages")) {
            rest = "messages", marker = "\"text_delta\",\"text\":\"";
            format = "{\"model\":\"bench\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}";
        } else if (!strcmp(dialect, "responses")) {
            rest = "responses", marker = "\"delta\":\"";
            format = "{\"model\":\"bench\",\"store\":false,\"input\":\"%s\"%s}";
        } else {
            rest = "models/bench:streamGenerateContent?alt=sse", marker = "\"text\":\"";
            format = "{\"contents\":[{\"parts\":[{\"text\":\"%s\"}]}]}";
        }
        snprintf(path, sizeof path, "/%s/%s", !strcmp(dialect, "gemini") ? "v1beta" : "v1", rest);
        marker_len = strlen(marker);
        // The end of the body, for the dialects' own ends are said more than once.
        ending = "\r\n0\r\n\r\n", ending_len = 7;
        length = snprintf(body, sizeof body, format, shape, ",\"stream\":true");
    }
    request_len = snprintf(request, sizeof request,
                           "POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer %s\r\n"
                           "content-type: application/json\r\naccept: */*\r\nuser-agent: bench\r\ncontent-length: %d\r\n\r\n%s",
                           path, argv[2], length, body);
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ep = epoll_create1(0);
    int connections = !strcmp(mode, "first") ? 1 : count;
    struct conn *all = calloc(connections, sizeof *all);
    int64_t start = now_ns();
    for (int i = 0; i < connections; i++) {
        if (open_conn(&all[i])) {
            errors++;
            continue;
        }
        send_request(&all[i]);
    }
    int holds = !strcmp(mode, "hold"), firsts = !strcmp(mode, "first"), pacing = !strcmp(mode, "paced");
    if (holds) {
        struct epoll_event e = {EPOLLIN, {.ptr = NULL}};
        epoll_ctl(ep, EPOLL_CTL_ADD, 0, &e);
    }
    int64_t end = start + seconds * 1000000000LL;
    int said = 0;
    // Only what comes after every stream has brought its first chunk counts.
    int opening = pacing;
    if (opening) end = now_ns() + 60 * 1000000000LL;
    struct epoll_event events_[512];
    for (;;) {
        int64_t now = now_ns();
        if (opening && begun >= connections) {
            opening = 0;
            start = now;
            end = start + seconds * 1000000000LL;
            chunks = sample_count = 0;
        }
        if ((seconds && now >= end) || (firsts && calls + errors >= count)) break;
        int n = epoll_wait(ep, events_, 512, 100);
        for (int i = 0; i < n; i++) {
            struct conn *c = events_[i].data.ptr;
            if (!c) goto over;
            if (!streaming) {
                int got = whole(c);
                if (got < 0) {
                    reopen(c);
                } else if (got) {
                    calls++;
                    sample(now_ns() - c->began);
                    send_request(c);
                }
                continue;
            }
            int got = events(c, firsts ? 2 : 1);
            if (got < 0) {
                reopen(c);
            } else if (got) {
                calls++;
                if (firsts && calls + errors >= count) break;
                // The body's own end follows; it is read with the next answer's head.
                c->sent_all = 0;
                send_request(c);
            }
        }
        if (holds && !said && chunks >= count) {
            puts("holding");
            fflush(stdout);
            said = 1;
        }
    }
over:
    if (opening) {
        fprintf(stderr, "only %ld of %d streams began within a minute\n", begun, connections);
        return 1;
    }
    say((now_ns() - start) / 1e9);
    return 0;
}
