using System.Net.Sockets;
using System.Text;

namespace AkkaKv.Node.Tests;

/// <summary>One HTTP/1.1 request, byte for byte, for what no client library would send.</summary>
internal static class RawHttp
{
    /// <summary>Sends a request that ends its connection, and reads the whole answer.</summary>
    public static async Task<(int Status, string Text)> SendAsync(Uri address, string method, string target, params string[] headers)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var head = $"{method} {target} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n"
            + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n";
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(head));
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        var answer = await Eventually.CompletesAsync(reader.ReadToEndAsync(), $"the answer to {method} {target}");
        return (int.Parse(answer.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), answer);
    }
}
