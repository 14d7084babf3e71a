using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace AkkaKv.Benchmarks;

/// <summary>The HTTP door through <see cref="HttpClient"/>, on connections that stay open, spread over the nodes.</summary>
internal sealed class HttpDriver : IClusterDriver
{
    private static readonly MediaTypeWithQualityHeaderValue Bytes = new("application/octet-stream");

    private readonly HttpClient _http;
    private readonly string[] _nodes;

    public HttpDriver(AkkaKvServers servers)
    {
        _nodes = [.. servers.HttpAddresses.Select(address => address.ToString())];
        _http = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = (Connections!.Value + _nodes.Length - 1) / _nodes.Length,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
        })
        {
            Timeout = IClusterDriver.Timeout,
        };
        _http.DefaultRequestHeaders.Accept.Add(Bytes);
    }

    public int? Connections => ClusterWorks.PlainConnections;

    public ValueTask<Answer> PutAsync(int lane, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, int w) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Put, AddressOf(lane, key, "w", w)) { Content = new ReadOnlyMemoryContent(value) });

    public ValueTask<Answer> GetAsync(int lane, ReadOnlyMemory<byte> key, int r) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, AddressOf(lane, key, "r", r)));

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<Answer> SendAsync(HttpRequestMessage request)
    {
        try
        {
            using (request)
            {
                using var response = await _http.SendAsync(request).ConfigureAwait(false);
                return response.StatusCode switch
                {
                    HttpStatusCode.NoContent => Answer.Done,
                    HttpStatusCode.OK => new Answer(await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false), null),
                    var status => Answer.Failed(((int)status).ToString(CultureInfo.InvariantCulture)),
                };
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return Answer.Failed(failure.GetType().Name);
        }
    }

    private string AddressOf(int lane, ReadOnlyMemory<byte> key, string parameter, int quorum) =>
        string.Create(CultureInfo.InvariantCulture, $"{_nodes[lane % _nodes.Length]}kv/{Encoding.ASCII.GetString(key.Span)}?{parameter}={quorum}");
}
