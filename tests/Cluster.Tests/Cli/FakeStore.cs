using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AkkaKv.Cli.Tests;

/// <summary>What the fake doors hold. Writes are kept in the order they came in, so that a test sees each of them.</summary>
internal sealed class FakeStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (byte[] Key, byte[] Value, string? ContentType)> _rows = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _writeIds = new();

    /// <summary>Every write that took effect, in order; a repeated write id takes none.</summary>
    public ConcurrentQueue<(string Key, string Value)> Writes { get; } = new();

    /// <summary>Rows as JSON that a listing gives beside those written.</summary>
    public List<string> ExtraRows { get; } = [];

    public byte[]? this[string key]
    {
        get
        {
            lock (_lock)
                return _rows.TryGetValue(Convert.ToHexString(Encoding.UTF8.GetBytes(key)), out var row) ? row.Value : null;
        }
    }

    public int Count => _rows.Count;

    public void Put(byte[] key, byte[] value, string? contentType = null)
    {
        lock (_lock)
            _rows[Convert.ToHexString(key)] = (key, value, contentType);
    }

    public IReadOnlyDictionary<string, byte[]> ByHexKey
    {
        get
        {
            lock (_lock)
                return _rows.ToDictionary(row => row.Key, row => row.Value.Value);
        }
    }

    public string? ContentTypeOf(string key)
    {
        lock (_lock)
            return _rows[Convert.ToHexString(Encoding.UTF8.GetBytes(key))].ContentType;
    }

    public async Task AnswerAsync(SeenRequest request, HttpResponse response)
    {
        if (request.Key is not { } key)
            await ListAsync(request, response);
        else if (request.Method == "PUT")
            Write(request, response, () => Put(key, request.Body, request.Headers.GetValueOrDefault("Content-Type")));
        else if (request.Method == "DELETE")
            Write(request, response, () => _rows.Remove(Convert.ToHexString(key)));
        else
            await GetAsync(key, response);
    }

    private void Write(SeenRequest request, HttpResponse response, Action write)
    {
        lock (_lock)
        {
            if (_writeIds.TryAdd(request.WriteIdWithoutRetry, true))
            {
                write();
                Writes.Enqueue((Encoding.UTF8.GetString(request.Key!), Encoding.UTF8.GetString(request.Body)));
            }

            response.StatusCode = 204;
            response.Headers.ETag = "\"e1\"";
            response.Headers["X-AkkaKv-Version"] = $"[n1,{Writes.Count}]";
            response.Headers["X-AkkaKv-Context"] = "context-of-write";
        }
    }

    private async Task GetAsync(byte[] key, HttpResponse response)
    {
        (byte[] Key, byte[] Value, string? ContentType) row;
        lock (_lock)
        {
            if (!_rows.TryGetValue(Convert.ToHexString(key), out row))
                response.StatusCode = 404;
        }

        response.Headers.ETag = "\"e2\"";
        response.Headers["X-AkkaKv-Context"] = "context-of-read";
        await response.WriteAsync(response.StatusCode == 404 ? """{"error":"NotFound","message":"There is no such key."}""" : Json(row));
    }

    private async Task ListAsync(SeenRequest request, HttpResponse response)
    {
        var limit = int.Parse(request.Parameter("limit")!, CultureInfo.InvariantCulture);
        var from = int.Parse(request.Parameter("cursor")?.TrimStart('c') ?? "0", CultureInfo.InvariantCulture);
        List<string> rows;
        lock (_lock)
            rows = [.. _rows.Values.Select(Json), .. ExtraRows];
        if (from + limit < rows.Count)
            response.Headers["X-AkkaKv-Cursor"] = $"c{from + limit}";
        response.ContentType = "application/x-ndjson";
        await response.WriteAsync(string.Concat(rows.Skip(from).Take(limit).Select(row => row + "\n")));
    }

    private static string Json((byte[] Key, byte[] Value, string? ContentType) row)
    {
        var fields = new SortedDictionary<string, string> { ["version"] = "[n1,1]" };
        Add("key", row.Key);
        Add("value", row.Value);
        if (row.ContentType is not null)
            fields["contentType"] = row.ContentType;
        return JsonSerializer.Serialize(fields);

        void Add(string name, byte[] bytes)
        {
            if (System.Text.Unicode.Utf8.IsValid(bytes))
                fields[name] = Encoding.UTF8.GetString(bytes);
            else
                fields[name + "64"] = Convert.ToBase64String(bytes);
        }
    }
}
