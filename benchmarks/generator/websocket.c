/* The WebSocket (RFC 6455) of a client: the upgrade, and the frames around the lines. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "The handshake from the client": any nonce will do, so it is the one of the RFC, whose answer is known. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { CONTINUATION = 0, TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };
enum { FINAL = 0x80, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LENGTH = 0x7f, CONTROL_MOST = 125 };

struct socket {
    bool open, inside;  /* inside: the header of a frame was read, but not all of its payload */
    uint8_t header[10];
    int header_length;
    uint64_t left;      /* bytes of the payload that have not come */
    char control[CONTROL_MOST];
    size_t control_length;
};

void open_web(struct client *client)
{
    client->web = calloc(1, sizeof *client->web);
    if (!client->web)
        die("out of memory");
}

void ask_for_upgrade(struct client *client)
{
    char head[256];
    int length = snprintf(head, sizeof head, "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\n"
                          "Sec-WebSocket-Version: 13\r\n\r\n", ask.port);
    memcpy(space_for(client, (size_t)length), head, (size_t)length);
    flush(client);
}

/* Writing. */

static uint32_t next_mask(void)
{
    static uint32_t state = 2463534242; /* xorshift: nobody has to be unable to guess it here */
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static char *begin(struct client *client, int opcode, size_t length)
{
    bool large = length > CONTROL_MOST;
    if (length > 0xffff)
        die("a frame of %zu bytes is more than this load sends", length);
    size_t before = (large ? 4 : 2) + sizeof(uint32_t);
    char *frame = space_for(client, before + length), *at = frame;
    *at++ = (char)(FINAL | opcode);
    *at++ = (char)(MASKED | (large ? 126 : length));
    if (large) {
        *at++ = (char)(length >> 8);
        *at++ = (char)length;
    }
    uint32_t mask = next_mask();
    memcpy(at, &mask, sizeof mask);
    return frame + before;
}

char *frame_for(struct client *client, size_t length)
{
    return begin(client, TEXT, length);
}

void mask_frame(char *payload, size_t length)
{
    char mask[sizeof(uint32_t)];
    memcpy(mask, payload - sizeof mask, sizeof mask);
    for (size_t i = 0; i < length; i++)
        payload[i] ^= mask[i % sizeof mask];
}

/* Reading. */

static void upgraded(struct client *client)
{
    static const char expected[] = "HTTP/1.1 101 ";
    const char *head = client->partial;
    size_t length = client->partial_length;
    if (length < sizeof expected || memcmp(head, expected, sizeof expected - 1) != 0)
        die("the server refused to speak WebSocket: %.*s", (int)length, head);
    if (!memmem(head, length, ACCEPT, strlen(ACCEPT)))
        die("the server's answer does not fit our key: %.*s", (int)length, head);
    client->web->open = true;
    forget_partial(client);
    ask_for(client, SIGN_IN);
}

/* Read the answer to the upgrade; return how many of the bytes belong to it. */
static size_t read_head(struct client *client, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == '\n') { /* the end of the head is an empty line, so the end of a line */
            keep(client, bytes, i + 1);
            if (client->partial_length >= 4
                && memcmp(client->partial + client->partial_length - 4, "\r\n\r\n", 4) == 0)
                upgraded(client);
            return i + 1;
        }
    keep(client, bytes, length);
    return length;
}

static int header_size(const struct socket *web)
{
    if (web->header_length < 2)
        return 2;
    int length = web->header[1] & LENGTH;
    return length == 127 ? 10 : length == 126 ? 4 : 2;
}

static void begin_frame(struct client *client)
{
    struct socket *web = client->web;
    int opcode = web->header[0] & OPCODE;
    web->left = web->header[1] & LENGTH;
    if (web->header_length > 2) {
        web->left = 0;
        for (int i = 2; i < web->header_length; i++)
            web->left = web->left << 8 | web->header[i];
    }
    bool control = opcode == CLOSE || opcode == PING || opcode == PONG;
    bool sane = !(web->header[0] & RESERVED) && !(web->header[1] & MASKED)
                && (control ? web->left <= CONTROL_MOST && web->header[0] & FINAL : opcode <= TEXT);
    if (!sane)
        die("the server sent a frame that begins with %02x %02x", web->header[0], web->header[1]);
    web->header_length = 0;
    web->control_length = 0;
    web->inside = true;
}

static void end_frame(struct client *client, char last)
{
    struct socket *web = client->web;
    int opcode = web->header[0] & OPCODE;
    web->inside = false;
    if (opcode == PING) {
        char *payload = begin(client, PONG, web->control_length);
        memcpy(payload, web->control, web->control_length);
        mask_frame(payload, web->control_length);
        flush_soon(client);
    } else if (opcode == CLOSE && stage == SETTING_UP) {
        die("the server closed a WebSocket while everybody signed in: %.*s",
            web->control_length > 2 ? (int)web->control_length - 2 : 0, web->control + 2);
    } else if (opcode <= TEXT) {
        seen.frames++;
        if (web->header[0] & FINAL && last != '\n')
            seen.strange++; /* no line may be in two frames */
    }
}

static void read_payload(struct client *client, const char *bytes, size_t length)
{
    struct socket *web = client->web;
    if ((web->header[0] & OPCODE) <= TEXT) {
        lines_read(client, bytes, length);
        return;
    }
    memcpy(web->control + web->control_length, bytes, length);
    web->control_length += length;
}

void web_read(struct client *client, const char *bytes, size_t length)
{
    struct socket *web = client->web;
    const char *end = bytes + length;
    while (bytes < end && !client->gone) {
        if (!web->open) {
            bytes += read_head(client, bytes, (size_t)(end - bytes));
        } else if (!web->inside) {
            web->header[web->header_length++] = (uint8_t)*bytes++;
            if (web->header_length == header_size(web)) {
                begin_frame(client);
                if (!web->left)
                    end_frame(client, '\n');
            }
        } else {
            size_t here = (size_t)(end - bytes) < web->left ? (size_t)(end - bytes) : (size_t)web->left;
            read_payload(client, bytes, here);
            bytes += here;
            web->left -= here;
            if (!web->left)
                end_frame(client, bytes[-1]);
        }
    }
}
