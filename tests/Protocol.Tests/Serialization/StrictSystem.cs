using Akka.Actor;
using Akka.Configuration;

namespace AkkaKv.Protocol.Tests;

/// <summary>An actor system that knows the two serializers and sends nothing that neither of them is bound to.</summary>
public sealed class StrictSystem : IDisposable
{
    private const string Settings = """
        akka {
          loglevel = ERROR
          actor {
            serializers {
              akkakv-protocol = "AkkaKv.Protocol.ProtocolSerializer, AkkaKv.Protocol"
              akkakv-control = "AkkaKv.Protocol.ControlSerializer, AkkaKv.Protocol"
            }
            serialization-bindings {
              "AkkaKv.Protocol.IProtocolMessage, AkkaKv.Protocol" = akkakv-protocol
              "AkkaKv.Protocol.IControlMessage, AkkaKv.Protocol" = akkakv-control
            }
            serialization-settings.allow-unregistered-types = false
          }
        }
        """;

    public StrictSystem() => System = ActorSystem.Create("strict", ConfigurationFactory.ParseString(Settings));

    public ActorSystem System { get; }

    public Akka.Serialization.Serialization Serialization => System.Serialization;

    public void Dispose() => System.Dispose();
}
