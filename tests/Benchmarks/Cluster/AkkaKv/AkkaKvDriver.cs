using AkkaKv.Protocol;

namespace AkkaKv.Benchmarks;

/// <summary>The client from outside the cluster. Each one begins with another node.</summary>
internal sealed class AkkaKvDriver : IClusterDriver
{
    private readonly AkkaKvClient[] _clients;

    public AkkaKvDriver(AkkaKvServers servers, int clients)
    {
        var options = new AkkaKvClientOptions { Timeout = IClusterDriver.Timeout };
        _clients = [.. Enumerable.Range(0, clients).Select(client => AkkaKvClient.Connect(Rotated(servers.Contacts, client), options))];
    }

    public int? Connections => null;

    public async ValueTask<Answer> PutAsync(int lane, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, int w) =>
        await ClientOf(lane).SendAsync(new Put(key, value) { W = Consistency.Of(w) }).ConfigureAwait(false) switch
        {
            Written => Answer.Done,
            var other => Answer.Failed(other.GetType().Name),
        };

    public async ValueTask<Answer> GetAsync(int lane, ReadOnlyMemory<byte> key, int r) =>
        await ClientOf(lane).SendAsync(new Get(key) { R = Consistency.Of(r) }).ConfigureAwait(false) switch
        {
            Found { Versions: [var only] } => new Answer(only.Value, null),
            Found => Answer.Failed("Siblings"),
            var other => Answer.Failed(other.GetType().Name),
        };

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
    }

    private AkkaKvClient ClientOf(int lane) => _clients[lane % _clients.Length];

    private static List<string> Rotated(IReadOnlyList<string> contacts, int by) =>
        [.. Enumerable.Range(0, contacts.Count).Select(at => contacts[(at + by) % contacts.Count])];
}
