using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PolyCopy.Modules.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    internal partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "bot_chats",
                columns: table => new
                {
                    bot_id = table.Column<long>(type: "INTEGER", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    chat_id = table.Column<long>(type: "INTEGER", nullable: false),
                    screen_message_id = table.Column<int>(type: "INTEGER", nullable: true),
                    screen_is_photo = table.Column<bool>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: true),
                    referrer = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    blocked_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bot_chats", x => new { x.bot_id, x.user_id });
                });

            migrationBuilder.CreateTable(
                name: "bot_confirmations",
                columns: table => new
                {
                    bot_id = table.Column<long>(type: "INTEGER", nullable: false),
                    nonce = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    message_id = table.Column<int>(type: "INTEGER", nullable: true),
                    action = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    payload = table.Column<string>(type: "TEXT", nullable: false),
                    expires_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    used_by = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bot_confirmations", x => new { x.bot_id, x.nonce });
                });

            migrationBuilder.CreateTable(
                name: "bot_updates",
                columns: table => new
                {
                    bot_id = table.Column<long>(type: "INTEGER", nullable: false),
                    update_id = table.Column<long>(type: "INTEGER", nullable: false),
                    body = table.Column<string>(type: "TEXT", nullable: true),
                    taken_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_bot_updates", x => new { x.bot_id, x.update_id });
                });

            migrationBuilder.CreateTable(
                name: "cash",
                columns: table => new
                {
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    balance = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cash", x => x.wallet_id);
                });

            migrationBuilder.CreateTable(
                name: "chain_blocks",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    hash = table.Column<string>(type: "TEXT", nullable: false),
                    parent = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_chain_blocks", x => x.number);
                });

            migrationBuilder.CreateTable(
                name: "chain_cursor",
                columns: table => new
                {
                    chain_id = table.Column<long>(type: "INTEGER", nullable: false),
                    through = table.Column<long>(type: "INTEGER", nullable: false),
                    final_through = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_chain_cursor", x => x.chain_id);
                });

            migrationBuilder.CreateTable(
                name: "copy_digests",
                columns: table => new
                {
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    told_until = table.Column<DateTime>(type: "TEXT", nullable: false),
                    summary_day = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_copy_digests", x => x.user_id);
                });

            migrationBuilder.CreateTable(
                name: "copy_signals",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    leader_trade_id = table.Column<string>(type: "TEXT", nullable: false),
                    leader = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    group_id = table.Column<string>(type: "TEXT", nullable: false),
                    order_hash = table.Column<string>(type: "TEXT", nullable: true),
                    rule = table.Column<string>(type: "TEXT", nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    said = table.Column<string>(type: "TEXT", nullable: true),
                    market_id = table.Column<string>(type: "TEXT", nullable: true),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    side = table.Column<string>(type: "TEXT", maxLength: 4, nullable: false),
                    shares = table.Column<long>(type: "INTEGER", nullable: false),
                    collateral = table.Column<long>(type: "INTEGER", nullable: false),
                    leader_held = table.Column<long>(type: "INTEGER", nullable: false),
                    reference = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    reference_source = table.Column<string>(type: "TEXT", nullable: true),
                    book = table.Column<string>(type: "TEXT", nullable: true),
                    other_book = table.Column<string>(type: "TEXT", nullable: true),
                    trade = table.Column<string>(type: "TEXT", nullable: false),
                    followers = table.Column<int>(type: "INTEGER", nullable: false),
                    copied = table.Column<int>(type: "INTEGER", nullable: false),
                    traded_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    seen_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    decided_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    removed_at = table.Column<DateTime>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_copy_signals", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "decisions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    follow_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    signal_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    leader_trade_id = table.Column<string>(type: "TEXT", nullable: false),
                    group_id = table.Column<string>(type: "TEXT", nullable: false),
                    leader = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    market_id = table.Column<string>(type: "TEXT", nullable: true),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    outcome = table.Column<string>(type: "TEXT", nullable: true),
                    side = table.Column<string>(type: "TEXT", maxLength: 4, nullable: false),
                    leader_side = table.Column<string>(type: "TEXT", maxLength: 4, nullable: false),
                    leader_price = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    leader_amount = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    verdict = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    rule = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    said = table.Column<string>(type: "TEXT", nullable: true),
                    steps = table.Column<string>(type: "TEXT", nullable: false),
                    rules_version = table.Column<int>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    due_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    day = table.Column<int>(type: "INTEGER", nullable: false),
                    amount = table.Column<long>(type: "INTEGER", nullable: false),
                    committed = table.Column<long>(type: "INTEGER", nullable: false),
                    would_spend = table.Column<long>(type: "INTEGER", nullable: false),
                    carry = table.Column<long>(type: "INTEGER", nullable: false),
                    fraction = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    target = table.Column<long>(type: "INTEGER", nullable: false),
                    filled_before = table.Column<long>(type: "INTEGER", nullable: false),
                    filled = table.Column<long>(type: "INTEGER", nullable: false),
                    collateral_before = table.Column<long>(type: "INTEGER", nullable: false),
                    collateral = table.Column<long>(type: "INTEGER", nullable: false),
                    worst_price = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    take_profit = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    stop_loss = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    order_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    order_hash = table.Column<string>(type: "TEXT", nullable: true),
                    order_status = table.Column<string>(type: "TEXT", nullable: true),
                    feed = table.Column<string>(type: "TEXT", nullable: false),
                    matched_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    block = table.Column<long>(type: "INTEGER", nullable: true),
                    block_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    seen_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    decided_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    submitted_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    acked_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    confirmed_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    told = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_decisions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "exits",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    position_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    market_id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    trigger_price = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    trail = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    peak_price = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    fraction = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    before_seconds = table.Column<long>(type: "INTEGER", nullable: true),
                    guard = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    status = table.Column<string>(type: "TEXT", maxLength: 12, nullable: false),
                    arming = table.Column<int>(type: "INTEGER", nullable: false),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    target = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: true),
                    filled = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    tick_received_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    decided_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    submitted_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    acked_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    tick_to_submit_ms = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    order_hash = table.Column<string>(type: "TEXT", maxLength: 66, nullable: true),
                    reason = table.Column<string>(type: "TEXT", maxLength: 300, nullable: true),
                    group_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_exits", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "follow_holdings",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 111, nullable: false),
                    follow_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    market_id = table.Column<string>(type: "TEXT", nullable: false),
                    outcome = table.Column<string>(type: "TEXT", nullable: false),
                    shares = table.Column<long>(type: "INTEGER", nullable: false),
                    cost = table.Column<long>(type: "INTEGER", nullable: false),
                    rules_version = table.Column<int>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_follow_holdings", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "follow_shares",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 22, nullable: false),
                    owner_id = table.Column<long>(type: "INTEGER", nullable: false),
                    follow_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    leader = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    rules = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_follow_shares", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "follows",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    leader = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    status = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    reason = table.Column<string>(type: "TEXT", maxLength: 500, nullable: true),
                    said = table.Column<string>(type: "TEXT", nullable: true),
                    rules_version = table.Column<int>(type: "INTEGER", nullable: false),
                    sells_ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    deleted_at = table.Column<DateTime>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_follows", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "idempotency",
                columns: table => new
                {
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    key = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    body_hash = table.Column<string>(type: "TEXT", nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    order_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    response = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_idempotency", x => new { x.user_id, x.key });
                });

            migrationBuilder.CreateTable(
                name: "leader_holdings",
                columns: table => new
                {
                    wallet = table.Column<string>(type: "TEXT", nullable: false),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    held = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_leader_holdings", x => new { x.wallet, x.token_id });
                });

            migrationBuilder.CreateTable(
                name: "leader_moves",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    leader = table.Column<string>(type: "TEXT", nullable: false),
                    wallet = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    market_id = table.Column<string>(type: "TEXT", nullable: true),
                    delta = table.Column<long>(type: "INTEGER", nullable: false),
                    held_before = table.Column<long>(type: "INTEGER", nullable: false),
                    transaction_hash = table.Column<string>(type: "TEXT", nullable: false),
                    block_number = table.Column<long>(type: "INTEGER", nullable: false),
                    seen_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    removed = table.Column<bool>(type: "INTEGER", nullable: false),
                    tell = table.Column<string>(type: "TEXT", nullable: true),
                    seq = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_leader_moves", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "leader_stats",
                columns: table => new
                {
                    address = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    trades = table.Column<int>(type: "INTEGER", nullable: false),
                    volume = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    pnl = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    pnl_without_best = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    win_rate = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    win_rate_low = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    win_rate_high = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    closed = table.Column<int>(type: "INTEGER", nullable: false),
                    hold_seconds = table.Column<long>(type: "INTEGER", nullable: true),
                    maker_share = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    drawdown = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    left_out = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    chart = table.Column<string>(type: "TEXT", nullable: false),
                    last_trade_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_leader_stats", x => x.address);
                });

            migrationBuilder.CreateTable(
                name: "leader_trades",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    leader = table.Column<string>(type: "TEXT", nullable: false),
                    wallet = table.Column<string>(type: "TEXT", nullable: false),
                    source = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    transaction_hash = table.Column<string>(type: "TEXT", nullable: false),
                    order_hash = table.Column<string>(type: "TEXT", nullable: true),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    condition_id = table.Column<string>(type: "TEXT", nullable: true),
                    market_id = table.Column<string>(type: "TEXT", nullable: true),
                    outcome = table.Column<string>(type: "TEXT", nullable: true),
                    side = table.Column<string>(type: "TEXT", maxLength: 4, nullable: false),
                    shares = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    collateral = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    fee = table.Column<long>(type: "INTEGER", nullable: false),
                    is_taker = table.Column<bool>(type: "INTEGER", nullable: true),
                    counterparty = table.Column<string>(type: "TEXT", nullable: true),
                    is_advance = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_backfilled = table.Column<bool>(type: "INTEGER", nullable: false),
                    matched_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    block_number = table.Column<long>(type: "INTEGER", nullable: true),
                    block_hash = table.Column<string>(type: "TEXT", nullable: true),
                    block_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    seen_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    traded_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    chain_key = table.Column<string>(type: "TEXT", nullable: true),
                    feed_key = table.Column<string>(type: "TEXT", nullable: true),
                    is_final = table.Column<bool>(type: "INTEGER", nullable: false),
                    removed = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_news = table.Column<bool>(type: "INTEGER", nullable: false),
                    told = table.Column<bool>(type: "INTEGER", nullable: false),
                    tell = table.Column<string>(type: "TEXT", nullable: true),
                    seq = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_leader_trades", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "leader_transfers",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    wallet = table.Column<string>(type: "TEXT", nullable: false),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    delta = table.Column<long>(type: "INTEGER", nullable: false),
                    transaction_hash = table.Column<string>(type: "TEXT", nullable: false),
                    block_number = table.Column<long>(type: "INTEGER", nullable: false),
                    removed = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_leader_transfers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "ledger",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    position_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    state = table.Column<string>(type: "TEXT", nullable: false),
                    market_id = table.Column<string>(type: "TEXT", nullable: true),
                    condition_id = table.Column<string>(type: "TEXT", nullable: true),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: true),
                    outcome = table.Column<string>(type: "TEXT", nullable: true),
                    shares = table.Column<long>(type: "INTEGER", nullable: false),
                    usdc = table.Column<long>(type: "INTEGER", nullable: false),
                    fee = table.Column<long>(type: "INTEGER", nullable: false),
                    basis = table.Column<long>(type: "INTEGER", nullable: true),
                    mined = table.Column<long>(type: "INTEGER", nullable: false),
                    confirmed = table.Column<long>(type: "INTEGER", nullable: false),
                    pending = table.Column<int>(type: "INTEGER", nullable: false),
                    realised = table.Column<long>(type: "INTEGER", nullable: false),
                    order_hash = table.Column<string>(type: "TEXT", nullable: false),
                    trade_id = table.Column<string>(type: "TEXT", nullable: false),
                    order_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    origin = table.Column<string>(type: "TEXT", nullable: false),
                    transaction_hash = table.Column<string>(type: "TEXT", nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_ledger", x => x.sequence);
                });

            migrationBuilder.CreateTable(
                name: "markets",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    condition_id = table.Column<string>(type: "TEXT", nullable: false),
                    question = table.Column<string>(type: "TEXT", nullable: false),
                    slug = table.Column<string>(type: "TEXT", nullable: false),
                    outcomes = table.Column<string>(type: "TEXT", nullable: false),
                    outcome_prices = table.Column<string>(type: "TEXT", nullable: false),
                    clob_token_ids = table.Column<string>(type: "TEXT", nullable: false),
                    last_mid_price = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    priced_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    tick_size = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: false),
                    min_order_size = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    neg_risk = table.Column<bool>(type: "INTEGER", nullable: false),
                    version = table.Column<string>(type: "TEXT", nullable: false),
                    fee_rate = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    fee_exponent = table.Column<int>(type: "INTEGER", nullable: false),
                    taker_delay_ms = table.Column<int>(type: "INTEGER", nullable: false),
                    active = table.Column<bool>(type: "INTEGER", nullable: false),
                    closed = table.Column<bool>(type: "INTEGER", nullable: false),
                    accepting_orders = table.Column<bool>(type: "INTEGER", nullable: false),
                    resolution_status = table.Column<string>(type: "TEXT", nullable: true),
                    payouts = table.Column<string>(type: "TEXT", nullable: true),
                    end_date = table.Column<DateTime>(type: "TEXT", nullable: true),
                    volume24h = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    liquidity = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    event_id = table.Column<string>(type: "TEXT", nullable: true),
                    event_slug = table.Column<string>(type: "TEXT", nullable: true),
                    event_title = table.Column<string>(type: "TEXT", nullable: true),
                    group_title = table.Column<string>(type: "TEXT", nullable: true),
                    icon = table.Column<string>(type: "TEXT", nullable: true),
                    tags = table.Column<string>(type: "TEXT", nullable: false),
                    description = table.Column<string>(type: "TEXT", nullable: true),
                    kept = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_markets", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "orders",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    market_id = table.Column<string>(type: "TEXT", nullable: false),
                    condition_id = table.Column<string>(type: "TEXT", nullable: false),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    outcome = table.Column<string>(type: "TEXT", nullable: false),
                    side = table.Column<string>(type: "TEXT", maxLength: 4, nullable: false),
                    type = table.Column<string>(type: "TEXT", maxLength: 3, nullable: false),
                    origin = table.Column<string>(type: "TEXT", nullable: false),
                    decision_key = table.Column<string>(type: "TEXT", nullable: false),
                    exit_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    exit_arming = table.Column<int>(type: "INTEGER", nullable: true),
                    exit_attempt = table.Column<int>(type: "INTEGER", nullable: true),
                    follow_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    leader_trade_id = table.Column<string>(type: "TEXT", nullable: true),
                    order_hash = table.Column<string>(type: "TEXT", nullable: false),
                    body = table.Column<byte[]>(type: "BLOB", nullable: false),
                    maker_amount = table.Column<long>(type: "INTEGER", nullable: false),
                    taker_amount = table.Column<long>(type: "INTEGER", nullable: false),
                    price = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: false),
                    shares = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    post_only = table.Column<bool>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    fee_reserve = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    status = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    filled = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    collateral = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    fee = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    venue_matched = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    venue_done = table.Column<bool>(type: "INTEGER", nullable: false),
                    accepted = table.Column<bool>(type: "INTEGER", nullable: false),
                    absent_since = table.Column<DateTime>(type: "TEXT", nullable: true),
                    take_profit = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    stop_loss = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    position_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    reason_code = table.Column<string>(type: "TEXT", nullable: true),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    said = table.Column<string>(type: "TEXT", nullable: true),
                    sends = table.Column<int>(type: "INTEGER", nullable: false),
                    decided_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    submitted_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    last_sent_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    acked_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    terminal_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    tick_received_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_orders", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "positions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    market_id = table.Column<string>(type: "TEXT", nullable: false),
                    condition_id = table.Column<string>(type: "TEXT", nullable: false),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: false),
                    outcome = table.Column<string>(type: "TEXT", nullable: false),
                    origin = table.Column<string>(type: "TEXT", nullable: false),
                    opened_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    closed_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    status = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    bought = table.Column<long>(type: "INTEGER", nullable: false),
                    sold = table.Column<long>(type: "INTEGER", nullable: false),
                    mined = table.Column<long>(type: "INTEGER", nullable: false),
                    confirmed = table.Column<long>(type: "INTEGER", nullable: false),
                    failed = table.Column<long>(type: "INTEGER", nullable: false),
                    pending_fills = table.Column<int>(type: "INTEGER", nullable: false),
                    cost = table.Column<long>(type: "INTEGER", nullable: false),
                    bought_cost = table.Column<long>(type: "INTEGER", nullable: false),
                    proceeds = table.Column<long>(type: "INTEGER", nullable: false),
                    fees = table.Column<long>(type: "INTEGER", nullable: false),
                    size = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    entry_price = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    take_profit = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    stop_loss = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: true),
                    current_price = table.Column<decimal>(type: "TEXT", precision: 8, scale: 4, nullable: false),
                    pnl_amount = table.Column<decimal>(type: "TEXT", precision: 20, scale: 6, nullable: false),
                    pnl_percentage = table.Column<decimal>(type: "TEXT", precision: 20, scale: 4, nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_positions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "reconciliations",
                columns: table => new
                {
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    seen_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reconciliations", x => x.wallet_id);
                });

            migrationBuilder.CreateTable(
                name: "reservations",
                columns: table => new
                {
                    order_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    wallet_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    token_id = table.Column<string>(type: "TEXT", maxLength: 78, nullable: true),
                    micros = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_reservations", x => x.order_id);
                });

            migrationBuilder.CreateTable(
                name: "risk_limits",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 120, nullable: false),
                    scope = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    key = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    max_daily_loss = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    max_exposure = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    max_orders_per_minute = table.Column<int>(type: "INTEGER", nullable: true),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_risk_limits", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "risk_marks",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 120, nullable: false),
                    scope = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    key = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    day = table.Column<int>(type: "INTEGER", nullable: false),
                    unrealised = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_risk_marks", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "risk_trips",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    scope = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    key = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    said = table.Column<string>(type: "TEXT", nullable: true),
                    forgiven = table.Column<long>(type: "INTEGER", nullable: false),
                    tripped_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    resumed_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    resume_reason = table.Column<string>(type: "TEXT", nullable: true),
                    resumed_by = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_risk_trips", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "smart_alerts",
                columns: table => new
                {
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    through_block = table.Column<long>(type: "INTEGER", nullable: false),
                    told_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_smart_alerts", x => x.user_id);
                });

            migrationBuilder.CreateTable(
                name: "trading_pauses",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: true),
                    paused = table.Column<bool>(type: "INTEGER", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_trading_pauses", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "user_events",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    payload = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    claimed_until = table.Column<DateTime>(type: "TEXT", nullable: true),
                    delivered_at = table.Column<DateTime>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_events", x => x.sequence);
                });

            migrationBuilder.CreateTable(
                name: "users",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false),
                    username = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_users", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "venue_journal",
                columns: table => new
                {
                    journal_id = table.Column<string>(type: "TEXT", nullable: false),
                    adopted_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_venue_journal", x => x.journal_id);
                });

            migrationBuilder.CreateTable(
                name: "wallets",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    venue = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    signature_type = table.Column<int>(type: "INTEGER", nullable: false),
                    owner = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    funder = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    master_key_id = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    data_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    owner_key = table.Column<byte[]>(type: "BLOB", nullable: false),
                    api_key = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    api_secret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    api_passphrase = table.Column<byte[]>(type: "BLOB", nullable: true),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_wallets", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "watched_addresses",
                columns: table => new
                {
                    address = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    wallets = table.Column<string>(type: "TEXT", nullable: false),
                    by = table.Column<string>(type: "TEXT", nullable: false),
                    active = table.Column<bool>(type: "INTEGER", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    watched_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    code_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    backfilled_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    audited_through = table.Column<DateTime>(type: "TEXT", nullable: true),
                    gaps = table.Column<int>(type: "INTEGER", nullable: false),
                    gap_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    recovered = table.Column<int>(type: "INTEGER", nullable: false),
                    worst_delay_ms = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_watched_addresses", x => x.address);
                });

            migrationBuilder.CreateTable(
                name: "follow_rules",
                columns: table => new
                {
                    follow_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    rules = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_follow_rules", x => new { x.follow_id, x.version });
                    table.ForeignKey(
                        name: "fk_follow_rules_follows_follow_id",
                        column: x => x.follow_id,
                        principalTable: "follows",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "credentials",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    expires_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    ended_at = table.Column<DateTime>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credentials", x => x.id);
                    table.ForeignKey(
                        name: "fk_credentials_user_row_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "identities",
                columns: table => new
                {
                    provider = table.Column<string>(type: "TEXT", nullable: false),
                    external_id = table.Column<string>(type: "TEXT", nullable: false),
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_identities", x => new { x.provider, x.external_id });
                    table.ForeignKey(
                        name: "fk_identities_user_row_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "user_settings",
                columns: table => new
                {
                    user_id = table.Column<long>(type: "INTEGER", nullable: false),
                    max_slippage = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: false),
                    quick_amounts = table.Column<string>(type: "TEXT", nullable: false),
                    default_take_profit_percent = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    default_stop_loss_percent = table.Column<decimal>(type: "TEXT", precision: 38, scale: 10, nullable: true),
                    language = table.Column<string>(type: "TEXT", nullable: false),
                    time_zone = table.Column<string>(type: "TEXT", nullable: false),
                    notifications = table.Column<string>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_settings", x => x.user_id);
                    table.ForeignKey(
                        name: "fk_user_settings_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_bot_chats_bot_id_referrer",
                table: "bot_chats",
                columns: new[] { "bot_id", "referrer" });

            migrationBuilder.CreateIndex(
                name: "ix_bot_confirmations_expires_at",
                table: "bot_confirmations",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_bot_updates_open",
                table: "bot_updates",
                columns: new[] { "bot_id", "update_id" },
                filter: "body is not null");

            migrationBuilder.CreateIndex(
                name: "ix_bot_updates_taken_at",
                table: "bot_updates",
                column: "taken_at");

            migrationBuilder.CreateIndex(
                name: "ix_cash_user_id",
                table: "cash",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_copy_signals_leader_id",
                table: "copy_signals",
                columns: new[] { "leader", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_copy_signals_leader_token_id_traded_at",
                table: "copy_signals",
                columns: new[] { "leader", "token_id", "traded_at" });

            migrationBuilder.CreateIndex(
                name: "ix_copy_signals_leader_trade_id",
                table: "copy_signals",
                column: "leader_trade_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_copy_signals_order_hash",
                table: "copy_signals",
                column: "order_hash");

            migrationBuilder.CreateIndex(
                name: "ix_credentials_hash",
                table: "credentials",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_credentials_user_id_kind",
                table: "credentials",
                columns: new[] { "user_id", "kind" });

            migrationBuilder.CreateIndex(
                name: "ix_decisions_follow_id_day",
                table: "decisions",
                columns: new[] { "follow_id", "day" });

            migrationBuilder.CreateIndex(
                name: "ix_decisions_follow_id_leader_trade_id",
                table: "decisions",
                columns: new[] { "follow_id", "leader_trade_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_decisions_follow_id_token_id",
                table: "decisions",
                columns: new[] { "follow_id", "token_id" });

            migrationBuilder.CreateIndex(
                name: "ix_decisions_group_id",
                table: "decisions",
                column: "group_id");

            migrationBuilder.CreateIndex(
                name: "ix_decisions_open",
                table: "decisions",
                column: "state",
                filter: "state <> 'done'");

            migrationBuilder.CreateIndex(
                name: "ix_decisions_order_id",
                table: "decisions",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_decisions_skipped",
                table: "decisions",
                column: "decided_at",
                filter: "verdict = 'skipped'");

            migrationBuilder.CreateIndex(
                name: "ix_decisions_user_id_id",
                table: "decisions",
                columns: new[] { "user_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_exits_open",
                table: "exits",
                column: "token_id",
                filter: "status in ('armed', 'suspended', 'firing')");

            migrationBuilder.CreateIndex(
                name: "ix_exits_position_id",
                table: "exits",
                column: "position_id");

            migrationBuilder.CreateIndex(
                name: "ix_exits_user_id_id",
                table: "exits",
                columns: new[] { "user_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_follow_holdings_follow_id",
                table: "follow_holdings",
                column: "follow_id");

            migrationBuilder.CreateIndex(
                name: "ix_follow_holdings_user_id",
                table: "follow_holdings",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_follow_holdings_wallet_id_token_id",
                table: "follow_holdings",
                columns: new[] { "wallet_id", "token_id" });

            migrationBuilder.CreateIndex(
                name: "ix_follow_shares_follow_id",
                table: "follow_shares",
                column: "follow_id");

            migrationBuilder.CreateIndex(
                name: "ix_follows_leader",
                table: "follows",
                column: "leader");

            migrationBuilder.CreateIndex(
                name: "ix_follows_one_live",
                table: "follows",
                columns: new[] { "user_id", "leader" },
                unique: true,
                filter: "deleted_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_created_at",
                table: "idempotency",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_identities_user_id",
                table: "identities",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_leader_moves_block_number",
                table: "leader_moves",
                column: "block_number");

            migrationBuilder.CreateIndex(
                name: "ix_leader_moves_leader_seen_at",
                table: "leader_moves",
                columns: new[] { "leader", "seen_at" });

            migrationBuilder.CreateIndex(
                name: "ix_leader_moves_tell_seq",
                table: "leader_moves",
                columns: new[] { "tell", "seq" });

            migrationBuilder.CreateIndex(
                name: "ix_leader_trades_block_number",
                table: "leader_trades",
                column: "block_number");

            migrationBuilder.CreateIndex(
                name: "ix_leader_trades_leader_chain_key",
                table: "leader_trades",
                columns: new[] { "leader", "chain_key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_leader_trades_leader_traded_at",
                table: "leader_trades",
                columns: new[] { "leader", "traded_at" });

            migrationBuilder.CreateIndex(
                name: "ix_leader_trades_tell_seq",
                table: "leader_trades",
                columns: new[] { "tell", "seq" });

            migrationBuilder.CreateIndex(
                name: "ix_leader_trades_wallet_token_id",
                table: "leader_trades",
                columns: new[] { "wallet", "token_id" });

            migrationBuilder.CreateIndex(
                name: "ix_leader_transfers_block_number",
                table: "leader_transfers",
                column: "block_number");

            migrationBuilder.CreateIndex(
                name: "ix_ledger_order_hash_trade_id_kind_state",
                table: "ledger",
                columns: new[] { "order_hash", "trade_id", "kind", "state" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_ledger_position_id_sequence",
                table: "ledger",
                columns: new[] { "position_id", "sequence" });

            migrationBuilder.CreateIndex(
                name: "ix_ledger_user_id_sequence",
                table: "ledger",
                columns: new[] { "user_id", "sequence" });

            migrationBuilder.CreateIndex(
                name: "ix_markets_condition_id",
                table: "markets",
                column: "condition_id");

            migrationBuilder.CreateIndex(
                name: "ix_markets_slug",
                table: "markets",
                column: "slug");

            migrationBuilder.CreateIndex(
                name: "ix_orders_decision_key",
                table: "orders",
                column: "decision_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_orders_exit_id_exit_arming_exit_attempt",
                table: "orders",
                columns: new[] { "exit_id", "exit_arming", "exit_attempt" },
                unique: true,
                filter: "exit_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_orders_open",
                table: "orders",
                column: "market_id",
                filter: "terminal_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_orders_order_hash",
                table: "orders",
                column: "order_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_orders_user_id_id",
                table: "orders",
                columns: new[] { "user_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_orders_wallet_id_token_id",
                table: "orders",
                columns: new[] { "wallet_id", "token_id" });

            migrationBuilder.CreateIndex(
                name: "ix_positions_market_id",
                table: "positions",
                column: "market_id",
                filter: "closed_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_positions_one_open",
                table: "positions",
                columns: new[] { "wallet_id", "token_id" },
                unique: true,
                filter: "closed_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_positions_pending",
                table: "positions",
                column: "wallet_id",
                filter: "pending_fills > 0");

            migrationBuilder.CreateIndex(
                name: "ix_positions_user_id_closed_at",
                table: "positions",
                columns: new[] { "user_id", "closed_at" });

            migrationBuilder.CreateIndex(
                name: "ix_positions_wallet_id_token_id",
                table: "positions",
                columns: new[] { "wallet_id", "token_id" });

            migrationBuilder.CreateIndex(
                name: "ix_reservations_wallet_id_token_id",
                table: "reservations",
                columns: new[] { "wallet_id", "token_id" });

            migrationBuilder.CreateIndex(
                name: "ix_risk_trips_scope_key_tripped_at",
                table: "risk_trips",
                columns: new[] { "scope", "key", "tripped_at" });

            migrationBuilder.CreateIndex(
                name: "ix_trading_pauses_user_id_id",
                table: "trading_pauses",
                columns: new[] { "user_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_user_events_undelivered",
                table: "user_events",
                column: "sequence",
                filter: "delivered_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_user_events_user_id_sequence",
                table: "user_events",
                columns: new[] { "user_id", "sequence" });

            migrationBuilder.CreateIndex(
                name: "ix_wallets_funder",
                table: "wallets",
                column: "funder");

            migrationBuilder.CreateIndex(
                name: "ix_wallets_user_id_venue_kind",
                table: "wallets",
                columns: new[] { "user_id", "venue", "kind" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_watched_addresses_active",
                table: "watched_addresses",
                column: "active");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "bot_chats");

            migrationBuilder.DropTable(
                name: "bot_confirmations");

            migrationBuilder.DropTable(
                name: "bot_updates");

            migrationBuilder.DropTable(
                name: "cash");

            migrationBuilder.DropTable(
                name: "chain_blocks");

            migrationBuilder.DropTable(
                name: "chain_cursor");

            migrationBuilder.DropTable(
                name: "copy_digests");

            migrationBuilder.DropTable(
                name: "copy_signals");

            migrationBuilder.DropTable(
                name: "credentials");

            migrationBuilder.DropTable(
                name: "decisions");

            migrationBuilder.DropTable(
                name: "exits");

            migrationBuilder.DropTable(
                name: "follow_holdings");

            migrationBuilder.DropTable(
                name: "follow_rules");

            migrationBuilder.DropTable(
                name: "follow_shares");

            migrationBuilder.DropTable(
                name: "idempotency");

            migrationBuilder.DropTable(
                name: "identities");

            migrationBuilder.DropTable(
                name: "leader_holdings");

            migrationBuilder.DropTable(
                name: "leader_moves");

            migrationBuilder.DropTable(
                name: "leader_stats");

            migrationBuilder.DropTable(
                name: "leader_trades");

            migrationBuilder.DropTable(
                name: "leader_transfers");

            migrationBuilder.DropTable(
                name: "ledger");

            migrationBuilder.DropTable(
                name: "markets");

            migrationBuilder.DropTable(
                name: "orders");

            migrationBuilder.DropTable(
                name: "positions");

            migrationBuilder.DropTable(
                name: "reconciliations");

            migrationBuilder.DropTable(
                name: "reservations");

            migrationBuilder.DropTable(
                name: "risk_limits");

            migrationBuilder.DropTable(
                name: "risk_marks");

            migrationBuilder.DropTable(
                name: "risk_trips");

            migrationBuilder.DropTable(
                name: "smart_alerts");

            migrationBuilder.DropTable(
                name: "trading_pauses");

            migrationBuilder.DropTable(
                name: "user_events");

            migrationBuilder.DropTable(
                name: "user_settings");

            migrationBuilder.DropTable(
                name: "venue_journal");

            migrationBuilder.DropTable(
                name: "wallets");

            migrationBuilder.DropTable(
                name: "watched_addresses");

            migrationBuilder.DropTable(
                name: "follows");

            migrationBuilder.DropTable(
                name: "users");
        }
    }
}
