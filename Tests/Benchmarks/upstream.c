// A scripted model server for benchmarks: one thread, epoll, HTTP/1.1 with keep-alive.
//
//   GET  /v1/models              one model, «bench»
//   GET  /counters               open streams, requests, disconnects, time of the last disconnect (ns, monotonic)
//   POST /v1/chat/completions    a whole answer of about 350 bytes, or a stream
//
// A stream takes its shape from the request's member "user": "chunks=20,pace=50" is twenty chunks of about 200 bytes, one
// every 50 ms; pace=0 is as fast as the socket takes them. Every chunk carries the monotonic time in ns at which it was written.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 1000, IN = 16384 };

struct conn {
    int fd;
    int in;
    char buf[IN];
    char *out;
    int outlen, outcap, outpos;
    int streaming, chunks, pace, sent;
    struct conn *next, **prev;
};

static int ep;
static long open_streams, requests, disconnects;
static int64_t last_disconnect;
static struct conn *wheel[SLOTS];
static int64_t tick_now;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void unschedule(struct conn *c) {
    if (!c->prev) return;
    *c->prev = c->next;
    if (c->next) c->next->prev = c->prev;
    c->prev = NULL;
    c->next = NULL;
}

static void schedule(struct conn *c, int ms) {
    struct conn **slot = &wheel[(tick_now + (ms < 1 ? 1 : ms)) % SLOTS];
    c->next = *slot;
    if (*slot) (*slot)->prev = &c->next;
    *slot = c;
    c->prev = slot;
}

static void finish(struct conn *c) {
    if (c->streaming) {
        open_streams--;
        disconnects++;
        last_disconnect = now_ns();
    }
    unschedule(c);
    close(c->fd);
    free(c->out);
    free(c);
}

static void put(struct conn *c, const char *data, int len) {
    if (c->outpos == c->outlen) c->outpos = c->outlen = 0;
    if (c->outlen + len > c->outcap) {
        c->outcap = (c->outlen + len) * 2;
        c->out = realloc(c->out, c->outcap);
    }
    memcpy(c->out + c->outlen, data, len);
    c->outlen += len;
}

static int drain(struct conn *c) {
    while (c->outpos < c->outlen) {
        ssize_t n = send(c->fd, c->out + c->outpos, c->outlen - c->outpos, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) {
                struct epoll_event e = {EPOLLIN | EPOLLOUT | EPOLLRDHUP, {.ptr = c}};
                epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
                return 0;
            }
            return -1;
        }
        c->outpos += n;
    }
    return 1;
}

static void put_chunk(struct conn *c, const char *payload, int len) {
    char head[16];
    put(c, head, sprintf(head, "%x\r\n", len));
    put(c, payload, len);
    put(c, "\r\n", 2);
}

static void one_event(struct conn *c) {
    char line[512];
    int n;
    if (c->sent < c->chunks) {
        n = snprintf(line, sizeof line,
                     "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
                     "\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%020lld\"},"
                     "\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                     (long long)now_ns());
        put_chunk(c, line, n);
    } else {
        n = snprintf(line, sizeof line,
                     "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,"
                     "\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,"
                     "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
        put_chunk(c, line, n);
        put(c, "0\r\n\r\n", 5);
        c->streaming = 0;
        open_streams--;
    }
    c->sent++;
}

static int step(struct conn *c) {
    if (c->pace > 0) {
        one_event(c);
        if (c->streaming) schedule(c, c->pace);
        return drain(c);
    }
    int ok = 1;
    while (c->streaming && ok > 0) {
        for (int i = 0; i < 16 && c->streaming; i++) one_event(c);
        ok = drain(c);
    }
    return ok;
}

static int number(const char *body, const char *name, int otherwise) {
    const char *found = strstr(body, name);
    return found ? atoi(found + strlen(name)) : otherwise;
}

static int request(struct conn *c, char *head, char *body) {
    requests++;
    char out[1024];
    if (!strncmp(head, "GET /counters", 13)) {
        char json[256];
        int n = snprintf(json, sizeof json,
                         "{\"open\":%ld,\"requests\":%ld,\"disconnects\":%ld,\"last_disconnect\":%lld}", open_streams,
                         requests, disconnects, (long long)last_disconnect);
        put(c, out, sprintf(out, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s", n, json));
        return drain(c);
    }
    if (!strncmp(head, "GET /v1/models", 14)) {
        const char *json = "{\"object\":\"list\",\"data\":[{\"id\":\"bench\",\"object\":\"model\",\"created\":1,\"owned_by\":\"bench\"}]}";
        put(c, out, sprintf(out, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(json), json));
        return drain(c);
    }
    if (strncmp(head, "POST /v1/chat/completions", 25)) {
        put(c, out, sprintf(out, "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"));
        return drain(c);
    }
    if (strstr(body, "\"stream\":true")) {
        c->streaming = 1;
        c->sent = 0;
        c->chunks = number(body, "chunks=", 20);
        c->pace = number(body, "pace=", 0);
        open_streams++;
        const char *h = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        put(c, h, strlen(h));
        return step(c);
    }
    const char *json =
        "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1790000000,\"model\":\"bench\",\"choices\":[{"
        "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Two and two are four, as they have been for as long as anybody can remember.\","
        "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":24,\"completion_tokens\":9,\"total_tokens\":33}}";
    put(c, out, sprintf(out, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(json), json));
    return drain(c);
}

static int readable(struct conn *c) {
    for (;;) {
        if (c->in >= IN - 1) return -1;
        ssize_t n = recv(c->fd, c->buf + c->in, IN - 1 - c->in, 0);
        if (n == 0) return -1;
        if (n < 0) {
            if (errno == EAGAIN) break;
            return -1;
        }
        c->in += n;
        if (c->in < IN - 1) break;
    }
    c->buf[c->in] = 0;
    for (;;) {
        char *end = strstr(c->buf, "\r\n\r\n");
        if (!end) return 1;
        int head = end + 4 - c->buf;
        char *length = strcasestr(c->buf, "content-length:");
        int body = length && length < end ? atoi(length + 15) : 0;
        if (c->in < head + body) return 1;
        char saved = c->buf[head + body];
        c->buf[head + body] = 0;
        int ok = request(c, c->buf, c->buf + head);
        c->buf[head + body] = saved;
        memmove(c->buf, c->buf + head + body, c->in - head - body);
        c->in -= head + body;
        c->buf[c->in] = 0;
        if (ok < 0) return -1;
        if (c->in == 0) return 1;
    }
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit r = {200000, 200000};
    setrlimit(RLIMIT_NOFILE, &r);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t al = sizeof a;
    if (bind(s, (void *)&a, sizeof a) || listen(s, 8192)) return perror("listen"), 1;
    getsockname(s, (void *)&a, &al);
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    ep = epoll_create1(0);
    struct epoll_event e = {EPOLLIN, {.ptr = NULL}};
    epoll_ctl(ep, EPOLL_CTL_ADD, s, &e);
    int t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    timerfd_settime(t, 0, &every, NULL);
    e.data.ptr = &t;
    epoll_ctl(ep, EPOLL_CTL_ADD, t, &e);
    struct epoll_event events[512];
    for (;;) {
        int n = epoll_wait(ep, events, 512, -1);
        for (int i = 0; i < n; i++) {
            if (!events[i].data.ptr) {
                int fd;
                while ((fd = accept4(s, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    struct conn *c = calloc(1, sizeof *c);
                    c->fd = fd;
                    struct epoll_event ce = {EPOLLIN | EPOLLRDHUP, {.ptr = c}};
                    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ce);
                }
                continue;
            }
            if (events[i].data.ptr == &t) {
                uint64_t ticks = 0;
                if (read(t, &ticks, sizeof ticks) != sizeof ticks) continue;
                while (ticks--) {
                    tick_now++;
                    struct conn *c = wheel[tick_now % SLOTS];
                    wheel[tick_now % SLOTS] = NULL;
                    while (c) {
                        struct conn *next = c->next;
                        c->prev = NULL;
                        c->next = NULL;
                        if (step(c) < 0) {
                            // Not freed here: an event of it may follow in this very batch. The shutdown makes one.
                            unschedule(c);
                            shutdown(c->fd, SHUT_RDWR);
                        }
                        c = next;
                    }
                }
                continue;
            }
            struct conn *c = events[i].data.ptr;
            int ok = 1;
            if (events[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) ok = -1;
            if (ok > 0 && (events[i].events & EPOLLIN)) ok = readable(c);
            if (ok > 0 && (events[i].events & EPOLLOUT)) {
                ok = drain(c);
                if (ok > 0) {
                    struct epoll_event ce = {EPOLLIN | EPOLLRDHUP, {.ptr = c}};
                    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ce);
                    if (c->streaming && c->pace == 0) ok = step(c);
                }
            }
            if (ok < 0) finish(c);
        }
    }
}
