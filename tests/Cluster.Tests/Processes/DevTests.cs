using System.Globalization;
using System.Net;

namespace AkkaKv.Cluster.Tests;

/// <summary>The README's first command.</summary>
public class DevTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dev_should_start_three_nodes_that_answer_and_stop_at_ctrl_c(bool inProcesses)
    {
        var folder = Directory.CreateTempSubdirectory("akkakv-dev-");
        var (http, akka) = ConsecutivePorts();
        string[] arguments =
        [
            "dev", "--data", folder.FullName, "--http-port", http.ToString(CultureInfo.InvariantCulture),
            "--remote-port", akka.ToString(CultureInfo.InvariantCulture),
        ];
        await using (var dev = AkkaKvProcess.Start(inProcesses ? [.. arguments, "--processes"] : arguments))
        {
            await dev.WaitForLineAsync("curl -X PUT", Limit);
            using var client = new HttpClient();
            using var put = await client.PutAsync(new Uri($"http://127.0.0.1:{http}/kv/name?value=john"), null);
            Assert.Equal(HttpStatusCode.NoContent, put.StatusCode);
            Assert.Equal(
                """{"key":"name","value":"john","version":"[n1,1]"}""".Split("\"version\"")[0],
                (await client.GetStringAsync(new Uri($"http://127.0.0.1:{http + 2}/kv/name"))).Split("\"version\"")[0]);
            using var missing = await client.GetAsync(new Uri($"http://127.0.0.1:{http + 1}/kv/missing"));
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);

            dev.Interrupt();
            Assert.Equal(0, await dev.WaitForExitAsync(Limit));
        }

        folder.Delete(recursive: true);
    }

    /// <summary>Three free ports in a row, twice.</summary>
    private static (int Http, int Akka) ConsecutivePorts()
    {
        var free = Enumerable.Range(0, 1000).Select(_ => Random.Shared.Next(20_000, 60_000) / 10 * 10)
            .First(port => Enumerable.Range(port, 6).All(IsFree));
        return (free, free + 3);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
