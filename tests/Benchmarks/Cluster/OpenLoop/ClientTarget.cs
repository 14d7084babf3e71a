using AkkaKv.Protocol;

namespace AkkaKv.Benchmarks;

/// <summary>
/// Instances of <see cref="AkkaKvClient"/> with bounds so wide that they keep nothing back. They do as they always do: a refusal is tried
/// again after a back-off until the deadline, so what is counted as refused was refused each time.
/// </summary>
internal sealed class ClientTarget : OfferTarget
{
    private const int InFlightOfEach = 200_000;

    private readonly AkkaKvClient[] _clients;
    private readonly LoadRows _rows;
    private int _underWay;
    private uint _next;

    private ClientTarget(AkkaKvClient[] clients, LoadRows rows, TimeSpan deadline)
        : base(deadline) => (_clients, _rows) = (clients, rows);

    public static Task<OfferTarget> ConnectAsync(AkkaKvServers servers, LoadRows rows, ClusterOptions load)
    {
        var options = new AkkaKvClientOptions
        {
            Timeout = load.Deadline,
            RequestsInFlight = InFlightOfEach,
            RequestsWaiting = InFlightOfEach,
            Lane = new LaneSettings { WindowBytes = RawLanesTarget.WindowBytes, QueueBytes = RawLanesTarget.QueueBytes },
        };
        var contacts = servers.Contacts;
        return Task.FromResult<OfferTarget>(new ClientTarget(
            [.. Enumerable.Range(0, load.Clients).Select(client =>
                AkkaKvClient.Connect([.. contacts.Skip(client % contacts.Count), .. contacts.Take(client % contacts.Count)], options))],
            rows,
            load.Deadline));
    }

    public override void Begin(in Offer offer)
    {
        if (Volatile.Read(ref _underWay) >= _clients.Length * InFlightOfEach)
        {
            offer.Window.CountUnsent();
            return;
        }

        Interlocked.Increment(ref _underWay);
        offer.Window.CountSent();
        _ = EndAsync(_clients[_next++ % (uint)_clients.Length], offer);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
    }

    private async Task EndAsync(AkkaKvClient client, Offer offer)
    {
        ClientRequest request = offer.IsWrite
            ? new Put(_rows.Key(offer.Row), _rows.Value(offer.Row)) { W = Consistency.Of(2) }
            : new Get(_rows.Key(offer.Row)) { R = Consistency.Of(2) };
        var reply = await client.SendAsync(request).ConfigureAwait(false);
        Interlocked.Decrement(ref _underWay);
        var latency = MonotonicClock.Now - offer.Due;
        switch (reply)
        {
            case Written or Found:
                offer.Window.CountDone(latency);
                break;
            case Overloaded:
                offer.Window.CountRefused(latency);
                break;
            case RequestTimeout:
                break;
            default:
                offer.Window.CountFailed(reply.GetType().Name);
                break;
        }
    }
}
