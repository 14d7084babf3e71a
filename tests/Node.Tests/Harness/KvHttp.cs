using System.Net;
using System.Text;
using System.Text.Json;

namespace AkkaKv.Node.Tests;

/// <summary>An answer of the HTTP door, read to its end.</summary>
internal sealed record KvResponse(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public string Context => Required("X-AkkaKv-Context");

    public string ETag => Required("ETag");

    public string Version => Required("X-AkkaKv-Version");

    public string Error => Json.GetProperty("error").GetString()!;

    public string Message => Json.GetProperty("message").GetString()!;

    private string Required(string name) =>
        Header(name) ?? throw new InvalidOperationException($"There is no {name}: {(int)Status} {Text}");
}

/// <summary>Talks to one node's HTTP door; targets are sent exactly as they are given.</summary>
internal sealed class KvHttp(HttpClient client, Uri address)
{
    public Uri Address { get; } = address;

    public Task<KvResponse> PutAsync(string target, string body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, target, new ByteArrayContent(Encoding.UTF8.GetBytes(body)), headers);

    public Task<KvResponse> PutAsync(string target, byte[] body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, target, new ByteArrayContent(body), headers);

    public Task<KvResponse> PutAsync(string target, HttpContent? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, target, body, headers);

    public Task<KvResponse> GetAsync(string target, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, target, null, headers);

    public Task<KvResponse> DeleteAsync(string target, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Delete, target, null, headers);

    public Task<KvResponse> PostAsync(string target, string body) =>
        SendAsync(HttpMethod.Post, target, new ByteArrayContent(Encoding.UTF8.GetBytes(body)), []);

    /// <summary>A key in the form that carries every byte.</summary>
    public static string InQuery(params byte[] key) => "/kv?key=" + Encoded(key);

    /// <summary>Every byte percent-encoded.</summary>
    public static string Encoded(params byte[] bytes) => string.Concat(bytes.Select(one => $"%{one:X2}"));

    private async Task<KvResponse> SendAsync(HttpMethod method, string target, HttpContent? body, (string Name, string Value)[] headers)
    {
        var asItIs = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(method, new Uri($"http://{Address.Authority}{target}", in asItIs)) { Content = body };
        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type") body!.Headers.TryAddWithoutValidation(name, value);
            else request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);
        var all = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new KvResponse(response.StatusCode, all, await response.Content.ReadAsByteArrayAsync());
    }
}
