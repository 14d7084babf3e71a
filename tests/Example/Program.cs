using Akka.Actor;
using AkkaKv.Protocol;

// From outside the cluster: a client that knows some nodes.
await using var kv = AkkaKvClient.Connect("127.0.0.1:4053", "127.0.0.1:4054");
await kv.PutAsync("name", "john");
Found? found = await kv.GetAsync("name");
Console.WriteLine($"{found?.Version}: {found?.Value.Length} bytes");

// From inside: any actor of a node's ActorSystem sends the same messages to /user/kv.
internal sealed class Greeter : ReceiveActor
{
    public Greeter()
    {
        var router = Context.ActorSelection("/user/kv");
        Receive<string>(name => router.Tell(new Put("greeting", $"Hello, {name}")));
        Receive<Written>(_ => router.Tell(new Get("greeting")));
        Receive<Found>(greeting => Console.WriteLine(greeting.Version));
        Receive<RequestFailure>(failure => Console.WriteLine(failure.Message));
    }
}
