// What SQLite takes for paid calls, and nothing else: the two rows of each, and the balances, in batches that are synced.
//
// usage: store DATABASE CALLS BATCH
//
// The database is one that a relay made, whose schema is taken as it is; nobody else may have it open. Prints the CPU time of
// a call in µs, that of the kernel included.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sqlite3 *db;

static void fail(const char *what) {
    fprintf(stderr, "store: %s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL)) fail(sql);
    return statement;
}

static void run(sqlite3_stmt *statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_sql(statement));
    sqlite3_reset(statement);
}

static sqlite3_int64 number(const char *sql) {
    sqlite3_stmt *statement = prepare(sql);
    if (sqlite3_step(statement) != SQLITE_ROW) fail(sql);
    sqlite3_int64 found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
}

static double cpu_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

int main(int count, char **words) {
    if (count != 4) return fprintf(stderr, "usage: store DATABASE CALLS BATCH\n"), 2;
    long calls = atol(words[2]), batch = atol(words[3]);
    if (sqlite3_open_v2(words[1], &db, SQLITE_OPEN_READWRITE, NULL)) fail(words[1]);
    if (sqlite3_exec(db, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", NULL, NULL, NULL)) fail("pragma");
    sqlite3_int64 movement = number("SELECT ifnull(max(number), 0) FROM ledger_movement");
    sqlite3_int64 place = number("SELECT ifnull(max(place), 0) FROM usage_call");
    sqlite3_int64 payer = number("SELECT id FROM ledger_account WHERE balance > 0 AND name NOT GLOB 'house:*' LIMIT 1");
    sqlite3_int64 sales = number("SELECT target FROM ledger_settlement LIMIT 1");
    sqlite3_int64 kind = number("SELECT max(id) FROM usage_kind");
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
    sqlite3_stmt *settlement = prepare("INSERT INTO ledger_settlement (number, time, source, target, amount, call)"
                                       " VALUES (?, ?, ?, ?, 27, ?)");
    sqlite3_stmt *record = prepare("INSERT INTO usage_call (place, call, kind, input, cached_input, output, reasoning, cost,"
                                   " shortfall, first_byte, duration) VALUES (?, ?, ?, 20, 0, 7, 0, 27, 0, 1, 2)");
    sqlite3_stmt *balance = prepare("UPDATE ledger_account SET balance = balance + ? WHERE id = ?");
    double start = cpu_us();
    for (long done = 0; done < calls; done += batch) {
        run(begin);
        for (long index = 0; index < batch; index++) {
            char call[32];
            int length = snprintf(call, sizeof call, "req_%024llx", (unsigned long long)++place);
            sqlite3_bind_int64(settlement, 1, ++movement);
            sqlite3_bind_int64(settlement, 2, place >> 20);
            sqlite3_bind_int64(settlement, 3, payer);
            sqlite3_bind_int64(settlement, 4, sales);
            sqlite3_bind_text(settlement, 5, call, length, SQLITE_STATIC);
            run(settlement);
            sqlite3_bind_int64(record, 1, place);
            sqlite3_bind_text(record, 2, call, length, SQLITE_STATIC);
            sqlite3_bind_int64(record, 3, kind);
            run(record);
        }
        for (int side = 0; side < 2; side++) {
            sqlite3_bind_int64(balance, 1, (side ? 27 : -27) * batch);
            sqlite3_bind_int64(balance, 2, side ? sales : payer);
            run(balance);
        }
        run(commit);
    }
    printf("%.2f\n", (cpu_us() - start) / (double)(calls / batch * batch));
    return 0;
}
