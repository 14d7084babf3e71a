using System.Globalization;

namespace AkkaKv.Cli;

/// <summary>Where one node of a local cluster lives.</summary>
internal sealed record NodePlan(string Name, string Folder, int HttpPort, int RemotePort)
{
    public string ConfigPath => Path.Combine(Folder, "node.conf");

    public string LogPath => Path.Combine(Folder, "node.log");

    public string DataDirectory => Path.Combine(Folder, "data");

    public Uri HttpAddress => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{HttpPort}"));

    public string AkkaAddress => string.Create(CultureInfo.InvariantCulture, $"akka.tcp://akkakv@127.0.0.1:{RemotePort}");

    public string SeedAddress => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{RemotePort}");
}
