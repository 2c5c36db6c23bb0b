using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PolyCopy.Modules.Caching;
using PolyCopy.Modules.Markets;
using PolyCopy.Modules.Polymarket;
using PolyCopy.Tests.Simulator;
using PolyCopy.Tests.Support;

namespace PolyCopy.Tests.Markets;

/// <summary>The catalogue and its poller against the simulator.</summary>
public sealed class SimulatedMarketsTests : IAsyncLifetime, IMarketListener, IMarketInterest
{
    private readonly HashSet<string> _held = [];
    private readonly ConcurrentQueue<Market> _resolved = new();
    private readonly ConcurrentQueue<Market> _changed = new();
    private Lab _lab = null!;
    private TestDatabase _database = null!;
    private IHost _host = null!;

    private IMarketCatalog Catalog => _host.Services.GetRequiredService<IMarketCatalog>();

    public async ValueTask InitializeAsync()
    {
        _lab = await Lab.DrivenAsync();
        _database = await TestDatabase.CreateAsync(Db.Sqlite);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration["Simulator:Url"] = _lab.Http.BaseAddress!.ToString();
        builder.Services.AddLogging();
        _database.AddTo(builder.Services);
        builder.AddCaching().AddPolymarket().AddMarkets();
        builder.Services.AddSingleton<IMarketListener>(this).AddSingleton<IMarketInterest>(this);
        builder.AddMarketPolling();
        builder.Services.RemoveAll<IHostedService>();
        builder.Services.AddHostedService<MarketNotifier>();
        _host = builder.Build();
        await _host.StartAsync();
    }

    [Fact]
    public async Task A_poll_knows_every_open_market_and_its_price()
    {
        await PollAsync();
        var listed = new List<Market>();
        string? cursor = null;
        do
        {
            var page = await Catalog.ListAsync(null, null, 200, cursor, default);
            listed.AddRange(page.Items);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        var open = (await _lab.GetAsync("control/markets")).EnumerateArray().Where(m => m.GetProperty("bid").GetString() is not null && m.GetProperty("ask").GetString() is not null).ToList();
        listed.Should().HaveCountGreaterThan(200);
        foreach (var truth in open)
        {
            var market = Catalog.TryGet(truth.GetProperty("conditionId").GetString()!)!;
            var (bid, ask) = (decimal.Parse(truth.GetProperty("bid").GetString()!, System.Globalization.CultureInfo.InvariantCulture), decimal.Parse(truth.GetProperty("ask").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
            market.LastMidPrice.Should().Be((bid + ask) / 2, market.Question);
            market.TickSize.ToString().Should().Be(truth.GetProperty("tick").GetString());
            market.Outcomes.Should().Equal(truth.GetProperty("outcomes").EnumerateArray().Select(o => o.GetString()));
        }
        listed.SelectMany(m => m.Tags).Distinct().Should().HaveCountGreaterThan(3);
    }

    [Fact]
    public async Task A_resolution_reaches_the_listeners()
    {
        var state = await _lab.MarketAsync();
        var id = (await Catalog.FindAsync(state.Market.ConditionId, default))!.Id;
        _held.Add(id);
        await _lab.PostAsync($"control/markets/{state.Market.ConditionId}/resolve", new { proposed = true, winner = state.Market.Outcomes[1] });
        await PollAsync();
        Catalog.TryGet(id)!.ResolutionStatus.Should().Be("proposed");
        Catalog.TryGet(id)!.IsTradable.Should().BeFalse();
        _resolved.Should().BeEmpty();
        await _lab.PostAsync($"control/markets/{state.Market.ConditionId}/resolve", new { winner = state.Market.Outcomes[1] });
        await PollAsync();
        var market = await NextAsync(_resolved);
        (market.Id, market.Payouts![0], market.Payouts[1]).Should().Be((id, 0m, 1m));
    }

    [Theory]
    [InlineData("F29")]
    [InlineData("F30")]
    [InlineData("F47")]
    [InlineData("F60")]
    public async Task A_bad_day_of_gamma_passes(string fault)
    {
        var state = await _lab.MarketAsync();
        _held.Add((await Catalog.FindAsync(state.Market.ConditionId, default))!.Id);
        await _lab.FaultAsync(fault, "gamma");
        await _lab.QuoteAsync(state, "0.60", "0.62");
        await PollAsync();
        _host.Services.GetRequiredService<PollHealth>().Failures.Should().Be(1);
        Catalog.TryGet(state.Market.ConditionId)!.LastMidPrice.Should().Be(0.61m);
        (await _lab.Http.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        await PollAsync();
        (_host.Services.GetRequiredService<PollHealth>().Failures == 0 || fault == "F30").Should().BeTrue("a rate limit may still hold us back");
    }

    [Fact]
    public async Task F46_empty_token_ids_of_gamma_harm_no_market_we_know_and_are_asked_for_again()
    {
        var state = await _lab.MarketAsync();
        var known = (await Catalog.FindAsync(state.Market.ConditionId, default))!;
        _held.Add(known.Id);
        var unknown = _lab.World.Markets.First(m => m.AcceptsOrders && m.Market.Id != known.Id).Market;
        await _lab.FaultAsync("F46", "gamma");

        await PollAsync();

        Catalog.TryGet(known.Id)!.Tokens.Should().Equal(known.Tokens);
        (await Catalog.FindAsync(unknown.ConditionId, default) is null or { IsTradable: false }).Should().BeTrue("without tokens nothing can be traded");
        (await _lab.Http.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        await PollAsync();
        Catalog.TryGet(known.Id)!.IsTradable.Should().BeTrue();
        (await Catalog.FindAsync(unknown.ConditionId, default))!.Tokens.Select(t => t.Digits).Should().Equal(unknown.TokenIds, "that it was unknown is not remembered for long");
    }

    [Fact]
    public async Task A_market_without_a_book_is_halted_until_it_has_one()
    {
        var state = await _lab.MarketAsync();
        _held.Add((await Catalog.FindAsync(state.Market.ConditionId, default))!.Id);
        await PollAsync();
        await _lab.FaultAsync("F46", "clob");
        await PollAsync();
        Catalog.TryGet(state.Market.ConditionId)!.IsTradable.Should().BeFalse();
        (await _lab.Http.DeleteAsync("control/faults")).EnsureSuccessStatusCode();
        await PollAsync();
        Catalog.TryGet(state.Market.ConditionId)!.IsTradable.Should().BeTrue();
        (await NextAsync(_changed)).IsTradable.Should().BeFalse();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _database.DisposeAsync();
        await _lab.DisposeAsync();
    }

    ValueTask IMarketListener.ResolvedAsync(Market market, CancellationToken ct)
    {
        _resolved.Enqueue(market);
        return ValueTask.CompletedTask;
    }

    ValueTask IMarketListener.ChangedAsync(Market before, Market after, CancellationToken ct)
    {
        if (before.IsTradable != after.IsTradable && _held.Contains(after.Id))
            _changed.Enqueue(after);
        return ValueTask.CompletedTask;
    }

    Task<IReadOnlyCollection<string>> IMarketInterest.MarketIdsAsync(CancellationToken ct) => Task.FromResult<IReadOnlyCollection<string>>([.. _held]);

    private Task PollAsync() => _host.Services.GetRequiredService<MarketPoller>().PollAsync(default).WaitAsync(TimeSpan.FromSeconds(60));

    private static async Task<Market> NextAsync(ConcurrentQueue<Market> queue)
    {
        var started = TimeProvider.System.GetTimestamp();
        Market? next;
        while (!queue.TryDequeue(out next))
        {
            TimeProvider.System.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(60));
            await Task.Delay(10);
        }
        return next;
    }
}
